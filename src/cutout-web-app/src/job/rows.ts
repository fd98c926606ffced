/** The rows of a job, target by map, read page by page as they come into sight. */
import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import type { Outcome, OutcomePage, Status } from "../api/types";
import { bandText, compareBands } from "../bands";

export interface RowFilter {
  statuses: Status[];
  bands: string[];
  text: string;
}

export const NO_FILTER: RowFilter = { statuses: [], bands: [], text: "" };
export const CHUNK = 100;
/** Maps of a target that are read at once: as many as the service gives. */
const MOST_OF_TARGET = 1000;

export interface RowsPage extends OutcomePage {
  rows_total?: number;
  pairs_total?: number;
  statuses?: Partial<Record<Status, number>>;
  bands?: Record<string, number>;
}

function chunkQuery(job: string, filter: RowFilter, chunk: number, size = CHUNK) {
  const ask = filterParameters(filter);
  ask.set("OFFSET", String(chunk * size));
  ask.set("LIMIT", String(size));
  return queryOptions({
    queryKey: ["targets", job, ask.toString()],
    queryFn: ({ signal }) => call<RowsPage>(`/api/v1/cutout/async/${job}/targets?${ask.toString()}`, { signal }),
    staleTime: 30_000,
  });
}

/** The filter as the service reads it. */
export function filterParameters(filter: RowFilter): URLSearchParams {
  const ask = new URLSearchParams();
  for (const status of filter.statuses) ask.append("STATUS", status);
  for (const band of filter.bands) ask.append("BAND", band);
  if (filter.text) ask.set("TEXT", filter.text);
  return ask;
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
export function useFirstRows(job: string, filter: RowFilter) {
  return useQuery({ ...chunkQuery(job, filter, 0), placeholderData: keepPreviousData });
}

/** Rows by index, for the chunks of `from` to `to`; what is not read yet is undefined. */
export function useRowsAround(job: string, filter: RowFilter, from: number, to: number): (index: number) => Outcome | undefined {
  const first = Math.floor(Math.max(0, from) / CHUNK);
  const last = Math.floor(Math.max(0, to) / CHUNK);
  const chunks = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const found = useQueries({ queries: chunks.map((chunk) => chunkQuery(job, filter, chunk)) });
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
