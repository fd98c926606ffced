import { queryOptions } from "@tanstack/react-query";
import { ROOT } from "../api/base";
import { fetchRaw } from "../api/client";
import type { Outcome } from "../api/types";
import { fileAddress } from "../preview/StampView";
import { readStamps, type Stamp } from "../stamps/stamps";

/** Larger files [bytes] are not read for a look. */
const MOST_BYTES = 40_000_000;

/** The values of a stamp out of its file; none where the job made no files, or other ones than plain FITS. */
export function stampQuery(job: string, { file, size }: Outcome) {
  return queryOptions({
    queryKey: ["stamp", job, file],
    queryFn: async ({ signal }): Promise<Stamp | null> => {
      const response = await fetchRaw(fileAddress(job, file ?? "").slice(ROOT.length), signal);
      return readStamps(await response.arrayBuffer())[0] ?? null;
    },
    enabled: file !== null && file.endsWith(".fits") && (size ?? 0) <= MOST_BYTES,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
}
