import { useEffect, useMemo, useState } from "react";
import { call, isPassing } from "../api/client";
import type { Validation } from "../api/types";
import type { CheckedRow } from "../targets/check";
import type { Pairs } from "./parameters";

interface Result {
  /** The request that was checked, as it was sent. */
  body: string;
  validation: Validation | null;
  /** The rows that were sent, in order: row n of the response is the n-th of them. */
  sent: readonly CheckedRow[];
  error: unknown;
}

export interface ServerCheck extends Omit<Result, "body"> {
  state: "idle" | "waiting" | "done" | "failed";
}

const NOTHING: Result = { body: "", validation: null, sent: [], error: null };
const PAUSE_MS = 600;
const AGAIN_MS = 5_000;

/** Asks the service about the request, shortly after the last change; nothing is created. */
export function useServerCheck(pairs: Pairs | null, rows: readonly CheckedRow[]): ServerCheck & { again: () => void } {
  const [result, setResult] = useState<Result>(NOTHING);
  // The name of the job changes nothing about the stamps.
  const body = useMemo(() => (pairs ? new URLSearchParams(pairs.filter(([name]) => name !== "RUNID")).toString() : ""), [pairs]);
  const isChecked = result.body === body;

  useEffect(() => {
    if (!body || isChecked) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call<Validation>("/api/v1/cutout/validate", { method: "POST", body: new URLSearchParams(body), signal: stop.signal })
        .then((validation) => setResult({ body, validation, sent: rows, error: null }))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) setResult({ body, validation: null, sent: [], error });
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, isChecked, rows]);

  useEffect(() => {
    if (!isChecked || !isPassing(result.error)) return undefined;
    const timer = setTimeout(() => setResult(NOTHING), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isChecked, result]);

  const again = (): void => setResult(NOTHING);
  if (!body) return { ...NOTHING, state: "idle", again };
  // The same request may stand in other lines than when it was sent: bad rows above it were dropped.
  return { ...result, sent: isChecked ? rows : result.sent, state: !isChecked ? "waiting" : result.error ? "failed" : "done", again };
}
