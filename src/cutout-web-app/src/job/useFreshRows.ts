import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Job } from "../api/types";

const MIN_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 20_000;

/**
 * Reads again what a job has made so far, as it goes on.
 *
 * Events and polls tell counts and phase; rows, results and the pace stand in documents
 * of their own. Between two readings is a pause that grows with the time that they take.
 */
export function useFreshRows({ jobId, phase, jobInfo }: Job): void {
  const queries = useQueryClient();
  const done = jobInfo.progress.pairs_done;
  const shown = useRef({ phase, done });
  const pause = useRef({ ms: MIN_PAUSE_MS, from: -Infinity });
  useEffect(() => {
    if (shown.current.phase === phase && shown.current.done === done) return undefined;
    const isNewPhase = shown.current.phase !== phase;
    const read = async (): Promise<void> => {
      const begun = performance.now();
      shown.current = { phase, done };
      pause.current.from = begun;
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["targets", jobId] }),
        queries.invalidateQueries({ queryKey: ["lightcurve", jobId] }),
        queries.invalidateQueries({ queryKey: ["job", jobId], exact: true }),
      ]);
      pause.current.ms = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, 5 * (performance.now() - begun)));
    };
    const wait = isNewPhase ? 0 : Math.max(0, pause.current.from + pause.current.ms - performance.now());
    const timer = setTimeout(() => void read(), wait);
    return () => clearTimeout(timer);
  }, [queries, jobId, phase, done]);
}
