import "./styles/tokens.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/sky.css";
import "./styles/jobs.css";
import "./styles/previews.css";
import "./styles/job.css";
import "./styles/account.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { APP } from "./api/base";
import { ApiError, whenSignedOut } from "./api/client";
import { Frame } from "./shell/Frame";
import { TOLD_KEY } from "./messages/told";
import { Crashed } from "./shell/Crashed";
import { reloadForFreshRelease } from "./shell/freshRelease";
import { theme } from "./theme";

const NewJobPage = lazy(() => import("./newjob/NewJobPage"));
const JobsPage = lazy(() => import("./jobs/JobsPage"));
const JobPage = lazy(() => import("./job/JobPage"));
const AccountPage = lazy(() => import("./account/AccountPage"));
const SkyPage = lazy(() => import("./survey/SkyPage"));
const LookPage = lazy(() => import("./look/LookPage"));
const MissingPage = lazy(() => import("./shell/MissingPage"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // What the service refuses it will refuse again; only what did not get through is tried again.
      retry: (count, error) => count < 3 && !(error instanceof ApiError && error.status < 500),
      staleTime: 5_000,
    },
  },
});

whenSignedOut(() => {
  if (queries.getQueryData(["account"]) !== undefined) void queries.resetQueries({ queryKey: ["account"] });
});

const router = createBrowserRouter(
  [
    {
      element: <Frame />,
      errorElement: <Crashed />,
      children: [
        { path: "/", element: <NewJobPage /> },
        { path: "/jobs", element: <JobsPage /> },
        { path: "/jobs/:id", element: <JobPage /> },
        { path: "/sky", element: <SkyPage /> },
        { path: "/look", element: <LookPage /> },
        { path: "/account", element: <AccountPage /> },
        { path: "*", element: <MissingPage /> },
      ],
    },
  ],
  { basename: APP },
);

// Who asked this browser to notify them of a job is notified on whichever page they are.
if (localStorage.getItem(TOLD_KEY) !== null) void import("./messages/browserNotice").then((each) => each.watch());

reloadForFreshRelease();

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={localStorageColorSchemeManager({ key: "spt3g-colour-scheme" })}
        getStyleNonce={() => nonce}
      >
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
