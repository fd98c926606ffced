import type { ReactNode } from "react";

export default function JobPage(): ReactNode {
  return <h1>JobPage</h1>;
}
