import type { ReactNode } from "react";

export default function AccountPage(): ReactNode {
  return <h1>AccountPage</h1>;
}
