import { useEffect, useState } from "react";
import type { JobInfo, Phase } from "../api/types";
import { addSample, etaSeconds, type Sample } from "./eta";

const seen = new Map<string, Sample[]>();

/** Seconds that a job still takes, null while that is not known. */
export function useEta(id: string, phase: Phase, info: JobInfo | undefined): number | null {
  const [eta, setEta] = useState<number | null>(null);
  const done = info?.progress.pairs_done ?? 0;
  const total = info?.progress.pairs_total ?? 0;
  useEffect(() => {
    if (phase !== "EXECUTING") {
      seen.delete(id);
      return undefined;
    }
    const look = (): void => {
      const now = performance.now() / 1000;
      const samples = addSample(seen.get(id) ?? [], { at: now, done });
      seen.set(id, samples);
      setEta(etaSeconds(samples, total, now));
    };
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [id, phase, done, total]);
  if (phase !== "EXECUTING") return null;
  // Who has just opened the page has seen nothing yet; the service has.
  return eta ?? info?.pace?.left_s ?? null;
}
