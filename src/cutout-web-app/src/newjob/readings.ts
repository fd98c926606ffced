/** Rows whose positions can be read in two ways: both, as the service gives them. */
import { call } from "../api/client";
import type { Validation } from "../api/types";
import type { SkyTarget } from "../sky/draw";
import type { CheckedRow } from "../targets/check";
import { csvCell } from "../targets/split";

export interface Place {
  row: number;
  ra: number;
  dec: number;
}

export interface UnitReading {
  name: "hours" | "degrees";
  /** Where the first rows are. */
  places: Place[];
}

export interface Unclear {
  message: string;
  rows: CheckedRow[];
  readings: UnitReading[];
}

/** Rows that the service may be able to read in two ways: their positions could not be read. */
export function unclearCandidates(rows: readonly CheckedRow[]): CheckedRow[] {
  return rows.filter(({ cells, problems }) => cells.RA && cells.DEC && problems.some(({ field }) => field === "RA" || field === "DEC"));
}

export async function readBothWays(rows: readonly CheckedRow[], signal?: AbortSignal): Promise<Unclear[]> {
  const table = ["RA,DEC", ...rows.map(({ cells }) => `${csvCell(cells.RA ?? "")},${csvCell(cells.DEC ?? "")}`)].join("\n");
  const body = new URLSearchParams({ POSITIONS: `${table}\n` });
  const { ambiguities = [] } = await call<Validation>("/api/v1/cutout/validate", { method: "POST", body, ...(signal ? { signal } : {}) });
  return ambiguities.map(({ message, rows: numbers, readings }) => ({
    message,
    rows: numbers.flatMap((number) => rows[number - 1] ?? []),
    readings: readings.map(({ name, positions }) => ({
      name,
      places: positions.flatMap(({ row, ra, dec }) => {
        const of = rows[row - 1];
        return of ? [{ row: of.row, ra, dec }] : [];
      }),
    })),
  }));
}

/** Where all rows are in one reading: the service gives so many places at a time. */
export async function placesOf({ rows, readings }: Unclear, name: UnitReading["name"]): Promise<Map<number, Place>> {
  const found = new Map<number, Place>();
  const keep = (from: readonly UnitReading[]): void => {
    for (const place of from.find((each) => each.name === name)?.places ?? []) found.set(place.row, place);
  };
  keep(readings);
  for (let left = rows.filter(({ row }) => !found.has(row)), before = -1; left.length && found.size > before; left = left.filter(({ row }) => !found.has(row))) {
    before = found.size;
    for (const each of await readBothWays(left)) keep(each.readings);
  }
  return found;
}

export function readingTargets(unclear: readonly Unclear[]): SkyTarget[] {
  return unclear.flatMap(({ readings }) =>
    readings.flatMap(({ name, places }) => places.map(({ row, ra, dec }): SkyTarget => ({ name: `row ${row}`, ra, dec, state: name }))),
  );
}
