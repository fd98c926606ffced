import type { Checked, CheckedRow } from "./check";
import { FIELDS, type Field } from "./columns";
import { csvCell } from "./split";

/** Writes the targets as the CSV that the service reads, cells as the user wrote them. */
export function toCsv(rows: readonly CheckedRow[]): string {
  const used = usedFields(rows);
  return [used.join(","), ...rows.map((row) => line(row, used))].join("\n") + "\n";
}

function usedFields(rows: readonly CheckedRow[]): Field[] {
  return FIELDS.filter((field) => field === "RA" || field === "DEC" || rows.some((row) => row.cells[field]));
}

/** The same table without its bad rows. */
export function keepGood(checked: Checked): string {
  return toCsv(checked.rows.filter((row) => row.problems.length === 0));
}

/** The table with other positions [deg] in some rows; what cannot be read stays as it is. */
export function withPlaces(text: string, { rows }: Checked, places: ReadonlyMap<number, { ra: number; dec: number }>): string {
  const lines = text.split(/\r\n|\n|\r/);
  const placed = rows.map((row) => {
    const place = places.get(row.row);
    return place ? { ...row, cells: { ...row.cells, RA: degrees(place.ra), DEC: degrees(place.dec) } } : row;
  });
  const used = usedFields(placed);
  const written = placed.map((row) => (Object.keys(row.cells).length ? line(row, used) : lines.slice(row.line, row.until).join("\n")));
  return [used.join(","), ...written].join("\n") + "\n";
}

function degrees(value: number): string {
  return String(Number(value.toFixed(8)));
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
