import { useEffect } from "react";

const BLINK_MS = 900;

/** Shows one of several after another on the same place, as long as it blinks. */
export function useBlink<T>(isBlinking: boolean, all: readonly T[], now: T, show: (next: T) => void): void {
  useEffect(() => {
    if (!isBlinking || all.length < 2) return undefined;
    const timer = setTimeout(() => {
      const next = all[(all.indexOf(now) + 1) % all.length];
      if (next !== undefined) show(next);
    }, BLINK_MS);
    return () => clearTimeout(timer);
  });
}
