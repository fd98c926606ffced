import { Loader } from "@mantine/core";
import type { ReactNode } from "react";

export function Loading({ what = "Loading" }: { what?: string }): ReactNode {
  return (
    <div className="loading" role="status">
      <Loader size="sm" aria-hidden="true" /> {what}…
    </div>
  );
}
