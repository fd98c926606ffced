/** A job without a row: what would be here, and what leads on. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { isFinal } from "../api/phases";
import type { Job } from "../api/types";
import { EmptyState } from "../shell/EmptyState";

export function NoRows({ job, what }: { job: Job; what: string }): ReactNode {
  if (!isFinal(job.phase)) return <EmptyState>{what} appears here as it is cut; nothing is yet.</EmptyState>;
  const clone = (
    <Button component={Link} to={`/?clone=${job.jobId}`} size="xs">
      Clone the job
    </Button>
  );
  return <EmptyState action={clone}>{what} would be here, but the job ended before any was cut.</EmptyState>;
}
