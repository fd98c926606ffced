/** The rows of a job from the first one on, as far as they have been asked for. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../api/client";
import type { Outcome } from "../api/types";
import { byTarget, type RowsPage } from "./rows";
import { viewParameters, WHOLE_VIEW, type RowView } from "./rowView";

const PAGE = 300;
const NO_ROWS: Outcome[] = [];

export function useGridRows(job: string, view: RowView = WHOLE_VIEW) {
  const ask = viewParameters(view);
  const pages = useInfiniteQuery({
    queryKey: ["targets", job, "grid", ask.toString()],
    queryFn: ({ pageParam, signal }) => call<RowsPage>(`/api/v1/cutout/async/${job}/targets?${new URLSearchParams([...ask, ["OFFSET", String(pageParam)], ["LIMIT", String(PAGE)]])}`, { signal }),
    initialPageParam: 0,
    getNextPageParam: (last: RowsPage) => (last.offset + last.rows.length < last.total ? last.offset + last.rows.length : undefined),
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? NO_ROWS, [pages.data]);
  const targets = useMemo(() => byTarget(rows), [rows]);
  return { pages, rows, targets };
}
