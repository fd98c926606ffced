import { useEffect, useMemo, useState } from "react";
import { call, isPassing } from "../api/client";
import type { Validation } from "../api/types";
import type { CheckedRow } from "../targets/check";
import type { Pairs } from "./parameters";

interface Result {
  /** The request that it answers, as it was sent. */
  body: string;
  answer: Validation | null;
  /** The rows that were sent, in order: row n of the answer is the n-th of them. */
  sent: readonly CheckedRow[];
  error: unknown;
}

export interface ServerCheck extends Omit<Result, "body"> {
  state: "idle" | "waiting" | "done" | "failed";
}

const NOTHING: Result = { body: "", answer: null, sent: [], error: null };
const PAUSE_MS = 600;
const AGAIN_MS = 5_000;

/** Asks the service about the request, shortly after the last change; nothing is created. */
export function useServerCheck(pairs: Pairs | null, rows: readonly CheckedRow[]): ServerCheck & { again: () => void } {
  const [result, setResult] = useState<Result>(NOTHING);
  // The name of the job changes nothing about the stamps.
  const body = useMemo(() => (pairs ? new URLSearchParams(pairs.filter(([name]) => name !== "RUNID")).toString() : ""), [pairs]);
  const answered = result.body === body;

  useEffect(() => {
    if (!body || answered) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call<Validation>("/api/v1/cutout/validate", { method: "POST", body: new URLSearchParams(body), signal: stop.signal })
        .then((answer) => setResult({ body, answer, sent: rows, error: null }))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) setResult({ body, answer: null, sent: [], error });
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [body, answered, rows]);

  useEffect(() => {
    if (!answered || !isPassing(result.error)) return undefined;
    const timer = setTimeout(() => setResult(NOTHING), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [answered, result]);

  const again = (): void => setResult(NOTHING);
  if (!body) return { ...NOTHING, state: "idle", again };
  // The same request may stand in other lines than when it was sent: bad rows above it were dropped.
  return { ...result, sent: answered ? rows : result.sent, state: !answered ? "waiting" : result.error ? "failed" : "done", again };
}
