import { useCallback, useEffect, useRef, useState } from "react";
import type { Outcome } from "../api/types";
import type { Steps } from "./useSteps";

/**
 * Walks from stamp to stamp: gives what takes one step, forwards (1) or backwards (-1), as a key asks for it.
 *
 * A step whose stamp is not read yet is taken once it is; so is one that is asked for before
 * the page shows where the last one led. Steps for which
 * nothing is left are forgotten, and a key that is held down owes no more than one.
 */
export function useWalk({ previous, next, awaits }: Pick<Steps, "previous" | "next" | "awaits">, here: string, show: (row: Outcome) => void): (by: 1 | -1, key: Pick<KeyboardEvent, "repeat">) => void {
  const [owed, setOwed] = useState(0);
  const left = useRef<string | null>(null);
  useEffect(() => {
    left.current = null;
  }, [here]);
  const way = owed > 0 ? "next" : "previous";
  const to = way === "next" ? next : previous;
  const isAwaited = awaits[way];
  useEffect(() => {
    if (owed === 0 || left.current === here || (!to && isAwaited)) return;
    if (to) {
      left.current = here;
      show(to);
    }
    setOwed(to ? owed - Math.sign(owed) : 0);
  }, [owed, to, isAwaited, here, show]);
  return useCallback((by, { repeat }) => setOwed((now) => (repeat && now !== 0 ? now : now + by)), []);
}
