import type { ReactNode } from "react";

export default function JobsPage(): ReactNode {
  return <h1>JobsPage</h1>;
}
