/** The rows of a job, target by map, read page by page as they come into sight. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import type { Outcome, OutcomePage, Status } from "../api/types";
import { bandText, compareBands } from "../bands";
import { viewParameters, type RowView } from "./rowView";

export const CHUNK = 100;
/** Maps of a target that are read at once: as many as the service gives. */
const MOST_OF_TARGET = 1000;

export interface RowsPage extends OutcomePage {
  rows_total?: number;
  pairs_total?: number;
  statuses?: Partial<Record<Status, number>>;
  bands?: Record<string, number>;
}

function chunkQuery(job: string, view: RowView, chunk: number, size = CHUNK) {
  const ask = viewParameters(view);
  ask.set("OFFSET", String(chunk * size));
  ask.set("LIMIT", String(size));
  return queryOptions({
    queryKey: ["targets", job, ask.toString()],
    queryFn: ({ signal }) => call<RowsPage>(`/api/v1/cutout/async/${job}/targets?${ask.toString()}`, { signal }),
    staleTime: 30_000,
  });
}

/** A target's rows, by its name. */
export function targetQuery(job: string, objid: string) {
  const ask = new URLSearchParams({ TARGET: objid, LIMIT: String(MOST_OF_TARGET) });
  return queryOptions({
    queryKey: ["targets", job, ask.toString()],
    queryFn: ({ signal }) => call<RowsPage>(`/api/v1/cutout/async/${job}/targets?${ask.toString()}`, { signal }),
    staleTime: 30_000,
  });
}

/** The first page, which also has the counts. */
export function useFirstRows(job: string, view: RowView) {
  return useQuery({ ...chunkQuery(job, view, 0), placeholderData: keepPreviousData });
}

/** Rows by index, for the chunks of `from` to `to`; what is not read yet is undefined. */
export function useRowsAround(job: string, view: RowView, from: number, to: number): (index: number) => Outcome | undefined {
  const first = Math.floor(Math.max(0, from) / CHUNK);
  const last = Math.floor(Math.max(0, to) / CHUNK);
  const chunks = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const found = useQueries({ queries: chunks.map((chunk) => chunkQuery(job, view, chunk)) });
  return (index) => found[Math.floor(index / CHUNK) - first]?.data?.rows[index % CHUNK];
}

/** Rows that belong to one target, in the order in which they come. */
export interface TargetRows {
  target: number;
  objid: string;
  ra: number;
  dec: number;
  rows: Outcome[];
}

/** Puts neighbouring rows of a target together. */
export function byTarget(rows: readonly Outcome[]): TargetRows[] {
  const groups: TargetRows[] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (last?.target === row.target) last.rows.push(row);
    else groups.push({ target: row.target, objid: row.objid, ra: row.ra, dec: row.dec, rows: [row] });
  }
  return groups;
}

/** Columns of the preview grid: a band of a kind of map, in the order of frequency. */
export function columnsOf(rows: readonly Outcome[]): string[] {
  const keys = new Set(rows.map(columnOf));
  return [...keys].sort(compareBands);
}

/** The title of a column. */
export function columnTitle(column: string): string {
  const [band = "", ...kind] = column.split(" ");
  return `${bandText(band)}, ${kind.join(" ")}`;
}

export function columnOf(row: Outcome): string {
  return `${row.band} ${row.filetype}`;
}
