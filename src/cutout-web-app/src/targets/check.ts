/** A table of targets as it was understood, with everything that is wrong with it. */
import type { Vocabulary } from "../api/types";
import { parseDec, parseRa } from "../sky/coordinates";
import { parseObjid, positionName } from "../sky/names";
import { parseBounded, parseNumber } from "../sky/numbers";
import { attempt, Refusal, type Problem } from "../sky/refusal";
import { candidates, FIELDS, guessColumns, isHeading, renamed, unused, type Cells, type Field, type Mapping } from "./columns";
import { designationIn } from "./designations";
import { readLine } from "./lines";
import { splitTable, type Sheet, type SplitRow } from "./split";

export type Limits = Pick<Vocabulary["limits"], "targets" | "size_min" | "size_max">;

export interface CheckedRow {
  /** Number of the row as the service counts: from 1, without heading, comments and blank lines. */
  row: number;
  /** Lines of the text that the row takes: from `line` to before `until`. */
  line: number;
  until: number;
  cells: Cells;
  /** The given name, or the one that the service will make from the position. */
  name: string;
  ra: number | null;
  dec: number | null;
  problems: Problem[];
  warning: string | null;
}

export interface Checked {
  rows: CheckedRow[];
  names: string[] | null;
  mapping: Mapping;
  renamed: [string, Field][];
  unused: { name: string; advice: string | null }[];
  /** What is wrong with the table as a whole. */
  problems: Problem[];
  bad: number;
  warnings: number;
}

const FIRST_JULIAN_DATE = 1_000_000;

/** Reads a table of targets; nothing is changed silently, and every problem has its row. */
export function checkTable(text: string, chosen: Mapping, limits: Limits): Checked {
  const sheet = splitTable(text, isHeading);
  const mapping = sheet.names ? { ...guessColumns(sheet.names, (at) => canName(sheet.rows, at)), ...chosen } : {};
  const rows = sheet.rows.map((split, index) => readRow(split, index + 1, sheet, mapping, limits));
  noteDuplicates(rows);
  return {
    rows,
    names: sheet.names,
    mapping,
    renamed: sheet.names ? renamed(sheet.names, mapping) : [],
    unused: sheet.names ? unused(sheet.names, mapping) : [],
    problems: tableProblems(sheet, mapping, rows.length, limits),
    bad: rows.reduce((count, row) => count + (row.problems.length ? 1 : 0), 0),
    warnings: rows.reduce((count, row) => count + (row.warning ? 1 : 0), 0),
  };
}

/** Whether a column names the rows: no two alike, and each as a target may be called. */
function canName(rows: readonly SplitRow[], column: number): boolean {
  const names = rows.map(({ cells }) => cells[column]?.trim() ?? "").filter((name) => name !== "");
  return names.length > 0 && new Set(names).size === names.length && names.every((name) => "value" in attempt(() => parseObjid(name)));
}

function tableProblems(sheet: Sheet, mapping: Mapping, count: number, limits: Limits): Problem[] {
  const problems: Problem[] = [];
  if (sheet.names) {
    for (const field of ["RA", "DEC"] as const) {
      if (mapping[field] == null) {
        const several = candidates(sheet.names, field).map((at) => sheet.names?.[at] ?? "");
        const message = several.length ? `could be any of ${several.join(", ")}; choose one under Columns` : "no column is known to be this; choose one under Columns";
        problems.push({ field, row: null, value: null, message });
      }
    }
    if (count === 0) problems.push({ field: "POSITIONS", row: null, value: null, message: "the table has a heading and no rows" });
  }
  if (sheet.isDescribed) {
    const message = "lines above the rows say what the columns are; save the table as a file and upload it, which the service reads";
    problems.push({ field: "POSITIONS", row: null, value: null, message });
  }
  if (count > limits.targets) {
    const message = `${count.toLocaleString("en")} targets are more than the ${limits.targets.toLocaleString("en")} that one request may name; divide the table`;
    problems.push({ field: "POSITIONS", row: null, value: null, message });
  }
  return problems;
}

function readRow({ cells, line, until }: SplitRow, row: number, sheet: Sheet, mapping: Mapping, limits: Limits): CheckedRow {
  const problems: Problem[] = [];
  const note = (field: string, value: string | null, message: string): void => {
    problems.push({ field, row, value, message });
  };
  const named = sheet.names ? headedCells(cells, sheet.names.length, mapping, note) : freeRow(cells, note);
  const take = <T>(field: Field, read: (text: string) => T): T | null => {
    const text = named?.[field] ?? "";
    const result = attempt(() => read(text));
    if ("value" in result) return result.value;
    note(field, text, result.refused);
    return null;
  };
  const known: CheckedRow = { row, line, until, cells: named ?? {}, name: "", ra: null, dec: null, problems, warning: null };
  if (!named) return known;
  if (sheet.names === null || (mapping.RA != null && mapping.DEC != null)) {
    known.ra = take("RA", parseRa);
    known.dec = take("DEC", parseDec);
  }
  checkSizes(named, take, limits);
  checkTimes(named, take, note);
  const given = named.OBJID ? take("OBJID", parseObjid) : null;
  known.name = given ?? named.OBJID ?? (known.ra !== null && known.dec !== null ? positionName(known.ra, known.dec) : "");
  known.warning = precisionOf(named);
  return known;
}

type Note = (field: string, value: string | null, message: string) => void;
type Take = <T>(field: Field, read: (text: string) => T) => T | null;

function headedCells(split: string[], columns: number, mapping: Mapping, note: Note): Cells | null {
  const cells = split.length === columns + MORE_OF_BOTH ? withWholeAngles(split, mapping) : split;
  if (cells.length !== columns) {
    note("POSITIONS", cells.join(" "), `the row has ${cells.length} fields, the first line ${columns}`);
    return null;
  }
  const named: Cells = {};
  for (const field of FIELDS) {
    const at = mapping[field];
    const text = at == null ? undefined : cells[at];
    if (text) named[field] = text;
  }
  return named;
}

/** Further cells of a row whose right ascension and declination have three numbers each. */
const MORE_OF_BOTH = 4;
const TRIPLE = /^[+\-\u2212]?[0-9]{1,3} [0-5]?[0-9] [0-5]?[0-9](?:\.[0-9]*)?$/;

/** Makes one cell of the three numbers of each coordinate, where blanks part them. */
function withWholeAngles(cells: string[], { RA, DEC }: Mapping): string[] {
  if (RA == null || DEC == null) return cells;
  let joined = cells;
  for (const place of [RA, DEC].sort((one, other) => one - other)) {
    const angle = joined.slice(place, place + 3).join(" ");
    if (!TRIPLE.test(angle)) return cells;
    joined = [...joined.slice(0, place), angle, ...joined.slice(place + 3)];
  }
  return joined;
}

function freeRow([line = ""]: string[], note: Note): Cells | null {
  const result = attempt(() => readLine(line));
  if ("refused" in result) {
    note("POSITIONS", line, result.refused);
    return null;
  }
  const { objid, ra, dec } = result.value;
  return { ...(objid ? { OBJID: objid } : {}), RA: ra, DEC: dec };
}

/** How well a position is known that is the one in its name; null for any other. */
function precisionOf({ OBJID, RA, DEC }: Cells): string | null {
  const said = OBJID && !OBJID.startsWith("spt3gJ") ? designationIn(OBJID) : null;
  return said?.ra === RA && said?.dec === DEC ? (said?.precision ?? null) : null;
}

function checkSizes(named: Cells, take: Take, limits: Limits): void {
  const size = (text: string): number => parseBounded(text, limits.size_min, limits.size_max, "arcmin");
  if (named.XSIZE) take("XSIZE", size);
  if (named.YSIZE) take("YSIZE", size);
}

function checkTimes(named: Cells, take: Take, note: Note): void {
  const tmin = named.TMIN ? take("TMIN", parseMjd) : null;
  const tmax = named.TMAX ? take("TMAX", parseMjd) : null;
  if (tmin !== null && tmax !== null && tmin > tmax) note("TMIN", named.TMIN ?? "", `is after TMAX, ${named.TMAX ?? ""}`);
}

function parseMjd(text: string): number {
  const mjd = parseNumber(text);
  if (mjd >= FIRST_JULIAN_DATE) throw new Refusal("must be a modified Julian date, which is the Julian date less 2400000.5");
  return mjd;
}

/** Two rows of one name are an error; two of one position and time only a warning. */
function noteDuplicates(rows: CheckedRow[]): void {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  for (const each of rows) {
    if (each.cells.OBJID && !each.problems.length) {
      const first = names.get(each.name);
      if (first === undefined) names.set(each.name, each.row);
      else {
        const message = `is the name of row ${first} already`;
        each.problems.push({ field: "OBJID", row: each.row, value: each.name, message });
      }
    }
    if (each.ra === null || each.dec === null) continue;
    const place = `${each.ra.toFixed(5)} ${each.dec.toFixed(5)} ${each.cells.TMIN ?? ""} ${each.cells.TMAX ?? ""}`;
    const first = places.get(place);
    if (first === undefined) places.set(place, each.row);
    else each.warning = `the same position as row ${first}`;
  }
}
