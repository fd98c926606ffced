/** Text of a table to cells, whatever separates them. Meaning comes later. */

import { isMeantAsTarget, isTarget } from "./lines";

export interface SplitRow {
  /** Under a heading its cells; else the whole line. */
  cells: string[];
  /** Line of the text on which the row begins, from 0, and the line behind its last one. */
  line: number;
  until: number;
}

export interface Sheet {
  /** Names of the columns, null for rows without a heading. */
  names: string[] | null;
  rows: SplitRow[];
  /** Line of the heading, -1 when there is none. */
  headingLine: number;
  /** Whether lines above the rows say what these are in ways that the service reads, and the page does not. */
  isDescribed: boolean;
}

type Delimiter = "," | ";" | "\t" | " ";

/** Titles of other frames, and of right ascensions that are not in degrees. */
const UNUSUAL = /^(l|b|lii|bii|glon|glat|elon|elat|sgl|sgb|gal.*|ra.*(hour|hr|\(h\)|rad|1950|fk4).*)$/i;

/** How a comment begins: as in CSV, LaTeX, Fortran and IDL, C, SQL. */
const COMMENT = /^\s*(?:#|%|!|\/\/|--[ \t]+(?=\p{L}))/u;

/** The two lines of a position in a circular. */
const RA_ALONE = /^\s*(?:r\.?a\.?|right ascension|\u03b1)[ \t]*(?:\(?(?:J?2000(?:\.0)?|ICRS)\)?)?[ \t]*[:=](?!.*(?:dec|\u03b4))/i;
const DEC_ALONE = /^\s*(?:dec|decl\.?|declination|\u03b4)[ \t]*(?:\(?(?:J?2000(?:\.0)?|ICRS)\)?)?[ \t]*[:=]/i;

/** What programs print between titles and rows, which then have to be read by their places in the line. */
const RULE = /^ *-+(?: +-+)+ *$/;

/** Over how many more lines a position may go on that astropy shows. */
const SHOWN_LINES = 3;

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", " "];

/** Splits a table; `isHeading` tells whether cells can be names of columns. What can be a target is no heading. */
export function splitTable(text: string, isHeading: (cells: string[]) => boolean): Sheet {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const first = lines.findIndex(counts);
  if (first < 0) return { names: null, rows: [], headingLine: -1, isDescribed: false };
  const isDescribed = isDescribedAbove(lines.slice(0, first), lines[first] ?? "") || lines.slice(first + 1, first + 4).some((line) => RULE.test(line));
  const delimiter = headingDelimiter(lines[first] ?? "", lines.slice(first + 1).find(counts), isHeading);
  if (delimiter === null) return { names: null, rows: freeRows(lines, first), headingLine: -1, isDescribed };
  const names = splitLine(lines[first] ?? "", delimiter).map((name) => name.trim());
  const rows = rowsBelow(lines, first + 1, delimiter);
  const isIndexed = delimiter === " " && /^\s/.test(lines[first] ?? "");
  return { names, rows: isIndexed ? rows.map((row) => withoutIndex(row, names.length)) : rows, headingLine: first, isDescribed };
}

/** Leaves out the number that pandas prints before a row, and that has no title. */
function withoutIndex(row: SplitRow, columns: number): SplitRow {
  const [index = "", ...cells] = row.cells;
  return cells.length >= columns && /^\d+$/.test(index) ? { ...row, cells } : row;
}

/** Splits one line, with quotes as RFC 4180 has them; blanks separate in any number. */
export function splitLine(line: string, delimiter: Delimiter): string[] {
  if (!line.includes('"')) {
    return delimiter === " " ? line.trim().split(/\s+/) : line.split(delimiter);
  }
  const cells: string[] = [];
  const pattern = delimiter === " " ? /\s*("(?:[^"]|"")*"|[^\s"]\S*)/gy : quoted(delimiter);
  for (const match of line.matchAll(pattern)) {
    const cell = match[1] ?? "";
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
  }
  return cells;
}

/** Writes a cell so that every reader of CSV gets it back. */
export function csvCell(text: string): string {
  return /[",;\t\r\n]|^(?:#|%|!|\/\/|--)/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text without the lines of some rows, which are in the order of the text. */
export function withoutRows(text: string, rows: readonly { line: number; until: number }[]): string {
  const lines = text.split(/\r\n|\n|\r/);
  let kept = 0;
  const parts = rows.map(({ line, until }) => {
    const part = lines.slice(kept, line);
    kept = until;
    return part;
  });
  return [...parts, lines.slice(kept)].flat().join("\n");
}

function counts(line: string): boolean {
  return line.trim() !== "" && !COMMENT.test(line);
}

function headingDelimiter(line: string, next: string | undefined, isHeading: (cells: string[]) => boolean): Delimiter | null {
  if (isTarget(line)) return null;
  const found = DELIMITERS.find((each) => isHeading(splitLine(line, each)));
  if (found !== undefined) return found;
  if (isMeantAsTarget(line)) return null;
  // Names that say nothing to us are a heading all the same, where a table follows.
  const likely = DELIMITERS.find((each) => line.trim().includes(each));
  if (likely !== " ") return likely ?? null;
  return next !== undefined && splitLine(next, " ").length === splitLine(line, " ").length ? likely : null;
}

/** Whether comments are the header of ECSV, or titles of columns in another order, unit or frame than that of lines. */
function isDescribedAbove(above: readonly string[], row: string): boolean {
  if (above.some((line) => line.startsWith("# %ECSV"))) return true;
  const titles = above.findLast((line) => /[^#%!/\s=-]/.test(line))?.replace(/^[#%!/\s-]+/, "") ?? "";
  return DELIMITERS.some((each) => {
    const cells = splitLine(titles.trim(), each).map((cell) => cell.trim());
    return cells.length === splitLine(row.trim(), each).length && cells.length > 1 && isUnusual(cells);
  });
}

function isUnusual(titles: readonly string[]): boolean {
  const [ra, dec] = [/^_?(ra|right ?ascension|alpha)/i, /^_?(de|decl?|declination|delta)([^a-z]|j|$)/i].map((title) => titles.findIndex((each) => title.test(each)));
  if (titles.some((each) => UNUSUAL.test(each))) return true;
  return ra !== undefined && dec !== undefined && dec >= 0 && ra > dec;
}

function rowsBelow(lines: string[], start: number, delimiter: Delimiter): SplitRow[] {
  const rows: SplitRow[] = [];
  for (let at = start; at < lines.length; at += 1) {
    let line = lines[at] ?? "";
    if (!counts(line)) continue;
    const begins = at;
    // A quoted cell may hold line ends.
    while (delimiter !== " " && isOpen(line) && at + 1 < lines.length) line += `\n${lines[(at += 1)] ?? ""}`;
    const cells = splitLine(line, delimiter).map((cell) => cell.trim());
    // Spreadsheets end tables with rows of delimiters.
    if (cells.some((cell) => cell !== "")) rows.push({ cells, line: begins, until: at + 1 });
  }
  return rows;
}

function freeRows(lines: string[], start: number): SplitRow[] {
  const rows: SplitRow[] = [];
  for (let at = start; at < lines.length; at += 1) {
    let line = lines[at] ?? "";
    if (!counts(line)) continue;
    const begins = at;
    while (isShownInPart(line) && at - begins < SHOWN_LINES && at + 1 < lines.length) line += ` ${(lines[(at += 1)] ?? "").trim()}`;
    if (RA_ALONE.test(line) && DEC_ALONE.test(lines[at + 1] ?? "")) line = `${line.trim()}, ${(lines[(at += 1)] ?? "").trim()}`;
    rows.push({ cells: [line.trim()], line: begins, until: at + 1 });
  }
  return rows;
}

/** Whether astropy shows the rest of a position below the line. */
function isShownInPart(line: string): boolean {
  const begin = line.indexOf("<SkyCoord");
  return begin >= 0 && !line.includes(">", begin);
}

function isOpen(line: string): boolean {
  let quotes = 0;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 1;
}

function quoted(delimiter: string): RegExp {
  return new RegExp(`(?:^|${delimiter})\\s*("(?:[^"]|"")*"|[^${delimiter}]*)`, "g");
}
