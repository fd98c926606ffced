import { useCallback, useEffect, useRef, useState } from "react";
import type { Vocabulary } from "../api/types";
import { keepDraft, loadDraft, type Draft } from "./draft";

export type Change = (change: Partial<Draft> | ((now: Draft) => Partial<Draft>)) => void;

/** The form's content, kept in the browser so that a reload or a sign-in does not lose it. */
export function useDraft(vocabulary: Vocabulary): { draft: Draft; change: Change; kept: boolean } {
  const [draft, setDraft] = useState(() => loadDraft(vocabulary));
  const [kept, setKept] = useState(true);
  const latest = useRef(draft);

  useEffect(() => {
    latest.current = draft;
    const timer = setTimeout(() => setKept(keepDraft(draft)), 250);
    return () => clearTimeout(timer);
  }, [draft]);

  useEffect(() => {
    const keep = (): void => void keepDraft(latest.current);
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, []);

  const change = useCallback<Change>((update) => {
    setDraft((now) => {
      const next = { ...now, ...(typeof update === "function" ? update(now) : update) };
      latest.current = next;
      return next;
    });
  }, []);
  return { draft, change, kept };
}
