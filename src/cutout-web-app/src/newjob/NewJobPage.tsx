import type { ReactNode } from "react";

export default function NewJobPage(): ReactNode {
  return <h1>NewJobPage</h1>;
}
