import type { ReactNode } from "react";
import { Link } from "react-router";
import { usePageTitle } from "./usePageTitle";

export default function MissingPage(): ReactNode {
  usePageTitle("No such page");
  return (
    <section className="signed-out">
      <h1>There is no such page</h1>
      <p>
        Go to <Link to="/">a new job</Link> or to <Link to="/jobs">your jobs</Link>.
      </p>
    </section>
  );
}
