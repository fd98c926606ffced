import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useRef, type ReactNode } from "react";
import { NavLink, Outlet, useLocation } from "react-router";
import { ROOT } from "../api/base";
import { ApiError } from "../api/client";
import { account } from "../api/queries";
import { Banner } from "./Banner";
import { ErrorNotice } from "./ErrorNotice";
import { Loading } from "./Loading";
import { SignedOut } from "./SignedOut";
import { ThemeSwitch } from "./ThemeSwitch";

/** Head, banner and the page; who is not signed in sees how to. */
export function Frame(): ReactNode {
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Head />
      <Banner />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <footer className="foot">
        <span>SPT-3G data service</span>
        <a href={`${ROOT}/docs`}>API reference</a>
        <a href={`${ROOT}/`}>About the service</a>
      </footer>
    </>
  );
}

function Head(): ReactNode {
  const { data } = useQuery(account);
  return (
    <header className="head">
      <a href={`${ROOT}/`} className="brand">
        <img src="./icon.svg" alt="" width="24" height="24" />
        <span>SPT-3G data service</span>
      </a>
      <nav aria-label="Pages">
        <NavLink to="/" end>
          New job
        </NavLink>
        <NavLink to="/look">Quick look</NavLink>
        <NavLink to="/sky">Sky</NavLink>
        <NavLink to="/jobs">Jobs</NavLink>
        <NavLink to="/account">Account</NavLink>
        <a href={`${ROOT}/docs`}>API</a>
      </nav>
      <div className="who">
        {data ? <span className="who-name">{data.name}</span> : null}
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Page(): ReactNode {
  const { data, error, isPending, refetch } = useQuery(account);
  const { pathname } = useLocation();
  useFocusOnNewPage(pathname);
  if (error instanceof ApiError && error.status === 401) return <SignedOut />;
  if (error && !data) return <ErrorNotice isPage error={error} title="The page cannot be shown" retry={() => void refetch()} />;
  if (isPending) return <Loading />;
  return (
    <Suspense key={pathname.split("/")[1]} fallback={<Loading />}>
      <Outlet />
    </Suspense>
  );
}

/** Moves the focus to the content of another page, as loading it anew would: what had it is gone. */
function useFocusOnNewPage(pathname: string): void {
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    document.getElementById("main")?.focus();
  }, [pathname]);
}
