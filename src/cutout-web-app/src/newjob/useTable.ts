import { useDeferredValue, useEffect, useMemo, useState } from "react";
import type { Vocabulary } from "../api/types";
import type { Mapping } from "../targets/columns";
import { LONG_TABLE, readLongTable } from "./reader";
import { readTable, type Reading, type TableOrder } from "./reading";

export interface Table extends Reading {
  /** Whether what was read is not yet what is written. */
  isBehind: boolean;
  error: unknown;
}

const EMPTY: TableOrder = { text: "", mapping: {}, limits: { targets: 0, size_min: 0, size_max: 0 } };
const NOTHING = { order: null, reading: null, error: null };

/** Reads the table of the form: at once while it is short, else beside the page. */
export function useTable(text: string, mapping: Mapping, limits: Vocabulary["limits"]): Table {
  const order = useMemo((): TableOrder => ({ text, mapping, limits }), [text, mapping, limits]);
  const isLong = text.length > LONG_TABLE;
  const short = useDeferredValue(isLong ? null : order);
  const shortReading = useMemo(() => readTable(short ?? EMPTY), [short]);
  const [long, setLong] = useState<{ order: TableOrder | null; reading: Reading | null; error: unknown }>(NOTHING);

  useEffect(() => {
    if (!isLong) return undefined;
    const stop = new AbortController();
    readLongTable(order, stop.signal)
      .then((reading) => setLong({ order, reading, error: null }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setLong((now) => ({ ...now, order, error }));
      });
    return () => stop.abort();
  }, [isLong, order]);

  if (!isLong) return { ...shortReading, isBehind: short !== order, error: null };
  // What was read before stays in sight meanwhile.
  return { ...(long.reading ?? shortReading), isBehind: long.order !== order, error: long.error };
}
