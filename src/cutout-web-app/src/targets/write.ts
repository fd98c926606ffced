import type { Checked, CheckedRow } from "./check";
import { FIELDS, type Field } from "./columns";
import { csvCell } from "./split";

/** Writes the targets as the CSV that the service reads, cells as the user wrote them. */
export function toCsv(rows: readonly CheckedRow[]): string {
  const used = FIELDS.filter((field) => field === "RA" || field === "DEC" || rows.some((row) => row.cells[field]));
  return [used.join(","), ...rows.map((row) => line(row, used))].join("\n") + "\n";
}

/** The same table without its bad rows. */
export function keepGood(checked: Checked): string {
  return toCsv(checked.rows.filter((row) => row.problems.length === 0));
}

/** The bad rows, each with what is wrong, for mending elsewhere. */
export function badRowsCsv(checked: Checked): string {
  const bad = checked.rows.filter((row) => row.problems.length > 0);
  const used = FIELDS.filter((field) => bad.some((row) => row.cells[field]));
  const lines = bad.map((row) => {
    const cells = used.map((field) => csvCell(row.cells[field] ?? ""));
    const why = row.problems.map((each) => `${each.field} ${each.value ?? ""}: ${each.message}`).join("; ");
    return [String(row.row), ...cells, csvCell(why)].join(",");
  });
  return [["ROW", ...used, "PROBLEM"].join(","), ...lines].join("\n") + "\n";
}

function line(row: CheckedRow, used: readonly Field[]): string {
  return used.map((field) => csvCell(row.cells[field] ?? "")).join(",");
}
