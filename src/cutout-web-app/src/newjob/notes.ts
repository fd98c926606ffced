/** What is to be said of the rows of a table: once for all rows that it holds for. */
import { countText } from "../shell/texts";
import type { Problem } from "../sky/refusal";
import type { CheckedRow } from "../targets/check";
import type { Coverage } from "./coverage";

export interface Note {
  key: string;
  /** Whether the rows cannot be sent like this. */
  isBad: boolean;
  text: string;
  rows: ReadonlySet<number>;
}

interface Group {
  isBad: boolean;
  rows: Set<number>;
  /** What is said of the first row; of the others too, unless it is `isMixed`. */
  said: string;
  isMixed: boolean;
}

/** What differs between rows are numbers, and what a message quotes. */
const VARYING = /'[^']*'|[+-]?\d[\d.:]*/g;

const OUTSIDE = "outside every map";
const EDGE = "at the edge of a map, or in some bands only";

/**
 * Groups what is wrong with rows, and what is perhaps not meant.
 *
 * `warned` is what the service noted, by rows of this table.
 */
export function notesOf(rows: readonly CheckedRow[], coverage: Coverage, warned: readonly Problem[]): Note[] {
  const groups = new Map<string, Group>();
  const add = (row: number, isBad: boolean, said: string): void => {
    const key = `${isBad ? "bad" : "odd"} ${said.replace(VARYING, "#")}`;
    const group = groups.get(key);
    if (!group) groups.set(key, { isBad, rows: new Set([row]), said, isMixed: false });
    else {
      group.rows.add(row);
      group.isMixed ||= group.said !== said;
    }
  };
  for (const row of rows) {
    const [problem] = row.problems;
    if (problem) add(row.row, true, `${problem.field} ${problem.message}`);
    if (row.warning !== null) add(row.row, false, row.warning);
    const state = coverage.stateOf(row);
    if (state === "outside") add(row.row, false, OUTSIDE);
    if (state === "edge") add(row.row, false, EDGE);
  }
  for (const { row, field, message } of warned) {
    const of = row === null ? undefined : rows[row - 1];
    if (of && !isSaid(of, coverage, message)) add(of.row, false, `${field} ${message}`);
  }
  const notes = [...groups].map(([key, group]): Note => ({ key, isBad: group.isBad, text: textOf(group), rows: group.rows }));
  return notes.sort((a, b) => Number(b.isBad) - Number(a.isBad) || b.rows.size - a.rows.size);
}

/** Whether the page says the same of a row already; the service notes it of its first rows only. */
function isSaid(row: CheckedRow, coverage: Coverage, message: string): boolean {
  return (message.includes("outside") && coverage.stateOf(row) === "outside") || (message.includes("same position") && row.warning !== null);
}

function textOf({ rows, said, isMixed }: Group): string {
  if (said === OUTSIDE || said === EDGE) return `${countText(rows.size, "row lies", "rows lie")} ${said}`;
  return `${countText(rows.size, "row")}: ${said}${isMixed ? ", and the like" : ""}`;
}
