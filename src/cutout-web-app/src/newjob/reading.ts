/** What takes long for long tables, so that it can be done beside the page too. */
import type { Covered, TargetCoverage, Validation } from "../api/types";
import { checkTable, type Checked, type Limits } from "../targets/check";
import type { Mapping } from "../targets/columns";
import { toCsv } from "../targets/write";

/** A table of targets, and the CSV of its good rows. */
export interface Reading {
  checked: Checked;
  csv: string;
}

export interface TableOrder {
  text: string;
  mapping: Mapping;
  limits: Limits;
}

export function readTable({ text, mapping, limits }: TableOrder): Reading {
  const checked = checkTable(text, mapping, limits);
  return { checked, csv: toCsv(goodRows(checked)) };
}

export function goodRows({ rows }: Checked): Checked["rows"] {
  return rows.filter((row) => !row.problems.length);
}

/** How the maps of each band cover the targets of a request: the best of them. */
export interface Covers {
  bands: string[];
  /** Targets that the service read. */
  targets: number;
  /** For each row that was sent one number for each band: its place in `COVERED`, 0 where nothing is known. */
  best: Uint8Array;
  /** What files are called, by rows that were sent, where that is not the target's name. */
  stems: Map<number, string>;
}

export const COVERED: readonly (Covered | null)[] = [null, "outside", "edge", "inside"];

/** The service's response without its list of targets, and how these are covered. */
export type Report = Omit<Validation, "targets"> & { covers: Covers };

export function readReport(json: string): Report {
  const { targets, ...report } = JSON.parse(json) as Validation;
  return { ...report, covers: coversOf(targets) };
}

export function coversOf(targets: readonly TargetCoverage[]): Covers {
  const bands = [...new Set(targets.flatMap((target) => target.coverage.map((each) => each.band)))];
  const best = new Uint8Array(Math.max(0, ...targets.slice(-1).map((target) => target.row)) * bands.length);
  for (const target of targets) {
    for (const { band, covered } of target.coverage) {
      const at = (target.row - 1) * bands.length + bands.indexOf(band);
      best[at] = Math.max(best[at] ?? 0, COVERED.indexOf(covered));
    }
  }
  const stems = new Map(targets.flatMap(({ row, objid, stem }): [number, string][] => (stem !== undefined && stem !== objid ? [[row, stem]] : [])));
  return { bands, targets: targets.length, best, stems };
}
