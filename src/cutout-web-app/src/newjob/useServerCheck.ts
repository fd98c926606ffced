import { useEffect, useMemo, useState } from "react";
import { callRaw, isPassing } from "../api/client";
import type { Problem } from "../sky/refusal";
import type { CheckedRow } from "../targets/check";
import type { Pairs } from "./parameters";
import { readBody } from "./reader";
import type { Report } from "./reading";

interface Result {
  /** The request that was checked, as it was sent. */
  asked: Pairs | null;
  validation: Report | null;
  /** The rows that were sent, in order: row n of the response is the n-th of them. */
  sent: readonly CheckedRow[];
  error: unknown;
}

export interface ServerCheck extends Omit<Result, "asked"> {
  state: "idle" | "waiting" | "done" | "failed";
}

const NOTHING: Result = { asked: null, validation: null, sent: [], error: null };
const PAUSE_MS = 600;
const AGAIN_MS = 5_000;

/** Asks the service about the request, shortly after the last change; nothing is created. */
export function useServerCheck(pairs: Pairs | null, rows: readonly CheckedRow[]): ServerCheck & { again: () => void } {
  const [result, setResult] = useState<Result>(NOTHING);
  // The name of the job changes nothing about the stamps.
  const asked = useMemo(() => pairs?.filter(([name]) => name !== "RUNID") ?? null, [pairs]);
  const isChecked = asked !== null && isSame(result.asked, asked);

  useEffect(() => {
    if (!asked || isChecked) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      ask(asked, stop.signal)
        .then((validation) => setResult({ asked, validation, sent: rows, error: null }))
        .catch((error: unknown) => {
          if (!stop.signal.aborted) setResult({ asked, validation: null, sent: [], error });
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [asked, isChecked, rows]);

  useEffect(() => {
    if (!isChecked || !isPassing(result.error)) return undefined;
    const timer = setTimeout(() => setResult(NOTHING), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isChecked, result]);

  const again = (): void => setResult(NOTHING);
  if (!asked) return { ...NOTHING, state: "idle", again };
  // The same request may stand in other lines than when it was sent: bad rows above it were dropped.
  return { ...result, sent: isChecked ? rows : result.sent, state: !isChecked ? "waiting" : result.error ? "failed" : "done", again };
}

async function ask(asked: Pairs, signal: AbortSignal): Promise<Report> {
  const response = await callRaw("/api/v1/cutout/validate", { method: "POST", body: new URLSearchParams(asked), signal });
  return readBody(await response.arrayBuffer(), signal);
}

function isSame(one: Pairs | null, other: Pairs): boolean {
  return one?.length === other.length && other.every(([name, value], at) => one[at]?.[0] === name && one[at][1] === value);
}

/** What the service noted about rows, by their numbers in the table they were sent from. */
export function warnedRows(validation: Report | null, sent: readonly CheckedRow[]): Problem[] {
  return (validation?.warnings ?? []).flatMap((each) => {
    const row = each.row === null ? undefined : sent[each.row - 1];
    return row ? [{ ...each, row: row.row }] : [];
  });
}
