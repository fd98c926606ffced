/** What a job was asked to make. */
import type { Job } from "../api/types";
import { listedValues } from "../api/values";

/** Products that the request names; null when it leaves them to the service. */
export function productsOf(job: Pick<Job, "parameters">): string[] | null {
  const named = job.parameters.filter((each) => each.id.toUpperCase() === "PRODUCTS" && !each.byReference);
  return named.length ? named.flatMap((each) => listedValues(each.value)) : null;
}
