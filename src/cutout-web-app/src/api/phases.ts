import type { Phase } from "./types";

const MOVING: ReadonlySet<Phase> = new Set(["PENDING", "QUEUED", "EXECUTING", "HELD", "SUSPENDED"]);

/** Whether a job can still change by itself. */
export function isRunning(phase: Phase): boolean {
  return phase === "QUEUED" || phase === "EXECUTING" || phase === "SUSPENDED";
}

/** Whether a job can be aborted. */
export function canAbort(phase: Phase): boolean {
  return MOVING.has(phase);
}

export function isFinal(phase: Phase): boolean {
  return !MOVING.has(phase) && phase !== "UNKNOWN";
}

export const PHASE_WORDS: Record<Phase, string> = {
  PENDING: "not started",
  QUEUED: "queued",
  EXECUTING: "running",
  COMPLETED: "completed",
  ERROR: "error",
  ABORTED: "aborted",
  HELD: "held",
  SUSPENDED: "suspended",
  UNKNOWN: "unknown",
  ARCHIVED: "archived",
};
