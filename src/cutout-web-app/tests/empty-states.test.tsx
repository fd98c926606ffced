/** Where nothing is yet, what would be there is said, and what to do. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { expect, it, vi } from "vitest";
import { Tokens } from "../src/account/Tokens";
import { LightCurves } from "../src/job/LightCurve";
import { Messages } from "../src/messages/Messages";
import SkyPage from "../src/survey/SkyPage";

const NOTHING = { tokens: [], notices: [], channels: {}, layers: [], rows: [], bands: [] };

const CASES: [string, ReactNode, string, number][] = [
  ["tokens", <Tokens key="1" />, "Your tokens would be here", 1],
  ["messages", <Messages key="2" />, "What is sent to you would be here", 0],
  ["the sky without a map", <SkyPage key="3" />, "The coadded maps would be here", 1],
  ["light curves of nothing", <LightCurves key="4" job="j" objid="A1" />, "The target's light curves would be here", 0],
];

it.each(CASES)("of %s", async (_, page, said, actions) => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(NOTHING), { headers: { "Content-Type": "application/json" } })));
  const { container } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <MemoryRouter>{page}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  await waitFor(() => expect(container.querySelector("[data-empty] p")?.textContent).toMatch(new RegExp(`^${said}.*\\.$`)));
  expect(container.querySelectorAll("[data-empty] a, [data-empty] button")).toHaveLength(actions);
});
