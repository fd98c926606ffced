/** Which rows of a job are shown, and in which order: as the address of the page has it, so that a link shows the same. */
import { STATUSES, type Status } from "../api/types";
import type { Direction } from "../shell/SortButton";

export const ROW_SORTS = ["objid", "band", "map_id", "status", "value", "snr", "size"] as const;
export type RowSort = (typeof ROW_SORTS)[number];

export interface RowView {
  statuses: Status[];
  bands: string[];
  text: string;
  /** Least signal to noise at the target. */
  snr: number | null;
  /** None is the order of the request. */
  sort: { column: RowSort; direction: Direction } | null;
}

export const WHOLE_VIEW: RowView = { statuses: [], bands: [], text: "", snr: null, sort: null };

/** What is largest is looked for first. */
const LARGEST_FIRST: readonly RowSort[] = ["value", "snr", "size"];
const NAMES = ["status", "band", "text", "snr", "sort"];

/** Reads the view from the address; what it does not know it leaves out. */
export function readView(search: URLSearchParams): RowView {
  const text = search.get("sort") ?? "";
  const column = ROW_SORTS.find((each) => each === text.replace(/^-/, ""));
  const snr = search.get("snr");
  return {
    statuses: STATUSES.filter((each) => search.getAll("status").includes(each)),
    bands: search.getAll("band"),
    text: search.get("text") ?? "",
    snr: snr !== null && snr !== "" && Number.isFinite(Number(snr)) ? Number(snr) : null,
    sort: column ? { column, direction: text.startsWith("-") ? "descending" : "ascending" } : null,
  };
}

/** Writes the view into an address, beside what else that has. */
export function writeView(search: URLSearchParams, view: RowView): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of NAMES) next.delete(name);
  for (const status of view.statuses) next.append("status", status);
  for (const band of view.bands) next.append("band", band);
  if (view.text) next.set("text", view.text);
  if (view.snr !== null) next.set("snr", String(view.snr));
  if (view.sort) next.set("sort", sortText(view.sort));
  return next;
}

/** The sorting after a click on the head of a column: by it, the other way round, then as requested. */
export function nextSort(sort: RowView["sort"], column: RowSort): RowView["sort"] {
  const first: Direction = LARGEST_FIRST.includes(column) ? "descending" : "ascending";
  if (sort?.column !== column) return { column, direction: first };
  return sort.direction === first ? { column, direction: first === "ascending" ? "descending" : "ascending" } : null;
}

export function isFiltered({ statuses, bands, text, snr }: RowView): boolean {
  return statuses.length + bands.length > 0 || text !== "" || snr !== null;
}

/** Whether other rows than all of them are shown, or in another order than that of the request. */
export function isWhole(view: RowView): boolean {
  return !isFiltered(view) && view.sort === null;
}

/** The filter as the service reads it. */
export function filterParameters({ statuses, bands, text, snr }: RowView): URLSearchParams {
  const ask = new URLSearchParams();
  for (const status of statuses) ask.append("STATUS", status);
  for (const band of bands) ask.append("BAND", band);
  if (text) ask.set("TEXT", text);
  if (snr !== null) ask.set("SNR", `${snr} +Inf`);
  return ask;
}

/** The filter and the order as the service reads them. */
export function viewParameters(view: RowView): URLSearchParams {
  const ask = filterParameters(view);
  if (view.sort) ask.set("SORT", sortText(view.sort));
  return ask;
}

function sortText({ column, direction }: { column: RowSort; direction: Direction }): string {
  return (direction === "descending" ? "-" : "") + column;
}
