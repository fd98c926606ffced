import { useEffect, useRef, useState } from "react";
import type { JobInfo, Phase } from "../api/types";
import { useIsAway } from "../shell/useIsAway";
import { addSample, etaSeconds, type Sample } from "./eta";

const seen = new Map<string, Sample[]>();

/** Seconds that a job still takes, null while that is not known. */
export function useEta(id: string, phase: Phase, info: JobInfo | undefined): number | null {
  const isAway = useIsAway();
  const [eta, setEta] = useState<number | null>(null);
  const progress = useRef({ done: 0, total: 0 });
  useEffect(() => {
    progress.current = { done: info?.progress.pairs_done ?? 0, total: info?.progress.pairs_total ?? 0 };
  }, [info]);
  useEffect(() => {
    if (phase !== "EXECUTING" || isAway) {
      // The time of an outage says nothing of the job's pace.
      seen.delete(id);
      return undefined;
    }
    // The clock must not begin anew with every event: these may come faster than it ticks.
    const timer = setInterval(() => {
      const { done, total } = progress.current;
      const now = performance.now() / 1000;
      const samples = addSample(seen.get(id) ?? [], { at: now, done });
      seen.set(id, samples);
      setEta(etaSeconds(samples, total, now));
    }, 1000);
    return () => {
      clearInterval(timer);
      setEta(null);
    };
  }, [id, phase, isAway]);
  if (phase !== "EXECUTING" || isAway) return null;
  // Who has just opened the page has seen nothing yet; the service has.
  return eta ?? info?.pace?.left_s ?? null;
}
