import type { ReactNode } from "react";
import { useRouteError } from "react-router";

/** A fault of the page itself: says so, and how to go on. */
export function Crashed(): ReactNode {
  const error = useRouteError();
  return (
    <main className="signed-out">
      <h1>This page broke</h1>
      <p>It is a fault of the page, not of your data: jobs go on, and a draft is kept.</p>
      <p>
        <a href={window.location.href}>Load it again</a>. If it breaks again, tell the operators this:
      </p>
      <pre>{error instanceof Error ? `${error.name}: ${error.message}` : String(error)}</pre>
    </main>
  );
}
