/** Where one goes from a stamp: to its neighbours among the targets, and among the maps of its own. */
import { useEffect } from "react";
import type { Outcome } from "../api/types";
import { useGridRows } from "./gridRows";
import { likeRow } from "./openStamp";
import { isWhole, type RowView } from "./rowView";
import type { TargetRows } from "./rows";

export interface Steps {
  /** Like stamps of the targets before and after, or the rows before and after, as far as they have been read. */
  previous: Outcome | undefined;
  next: Outcome | undefined;
  /** The target's own rows before and after. */
  before: Outcome | undefined;
  after: Outcome | undefined;
  /** Which of previous and next may yet come: rows are being read that it may be among. */
  awaits: { previous: boolean; next: boolean };
}

/** A target that is open: its rows, the shown one of them, and whether they are still being read. */
interface Opened {
  rows: readonly Outcome[];
  row: Outcome | undefined;
  isPending: boolean;
}

/** Steps go by target, or by row where rows are chosen or sorted: then as the table shows them. */
export function useSteps(job: string, { rows, row, isPending }: Opened, view: RowView): Steps {
  const { pages, rows: shown, targets } = useGridRows(job, view);
  const isByTarget = isWhole(view);
  const list: readonly (TargetRows | Outcome)[] = isByTarget ? targets : shown;
  const at = isByTarget ? targets.findIndex(({ target }) => target === row?.target) : shown.findIndex((each) => each.target === row?.target && each.map_id === row.map_id);
  const { next, previous } = row && at >= 0 ? neighbours(isByTarget ? targets : null, shown, at, row) : {};
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const isWanting = !next || at >= list.length - 2;
  useEffect(() => {
    if (isWanting && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isWanting, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const isReading = pages.isFetching || hasNextPage || (!row && isPending);
  const place = row ? rows.indexOf(row) : -1;
  return {
    previous,
    next,
    before: place < 0 ? undefined : rows[place - 1],
    after: place < 0 ? undefined : rows[place + 1],
    awaits: { previous: isReading && at < 0, next: isReading && !next },
  };
}

function neighbours(targets: readonly TargetRows[] | null, shown: readonly Outcome[], at: number, row: Outcome): Pick<Steps, "previous" | "next"> {
  if (!targets) return { previous: shown.slice(0, at).findLast(hasFile), next: shown.slice(at + 1).find(hasFile) };
  return { previous: firstLike(targets.slice(0, at).reverse(), row), next: firstLike(targets.slice(at + 1), row) };
}

function hasFile({ preview, file }: Outcome): boolean {
  return preview !== null || file !== null;
}

/** The next of some targets that has anything to show. */
function firstLike(targets: readonly { rows: Outcome[] }[], row: Outcome): Outcome | undefined {
  for (const { rows } of targets) {
    const found = likeRow(rows, row);
    if (found) return found;
  }
  return undefined;
}
