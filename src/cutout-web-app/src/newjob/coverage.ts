import type { Covered } from "../api/types";
import type { SkyTarget, TargetState } from "../sky/draw";
import type { CheckedRow } from "../targets/check";
import { COVERED, type Covers } from "./reading";

/** How the maps cover the rows of a table, as far as the service has said. */
export class Coverage {
  /** Place of each row among those that were sent. */
  private readonly places = new Map<number, number>();

  constructor(
    sent: readonly CheckedRow[],
    private readonly covers: Covers | null,
  ) {
    if (covers) for (const [at, { row }] of sent.entries()) this.places.set(row, at);
  }

  /** How the maps of each band cover a row: the best of them. */
  byBand({ row }: CheckedRow): [string, Covered][] {
    const place = this.places.get(row);
    if (place === undefined || !this.covers) return [];
    const { bands, best } = this.covers;
    return bands.flatMap((band, at): [string, Covered][] => {
      const covered = COVERED[best[place * bands.length + at] ?? 0];
      return covered ? [[band, covered]] : [];
    });
  }

  /** What the files of a row are called, where that is not its name. */
  stemOf({ row }: CheckedRow): string | null {
    const place = this.places.get(row);
    return (place === undefined ? undefined : this.covers?.stems.get(place + 1)) ?? null;
  }

  /** One word for a row: inside everything asked for, outside all of it, or in between. */
  stateOf(row: CheckedRow): TargetState {
    const found = this.byBand(row).map(([, covered]) => covered);
    if (!found.length) return "unknown";
    if (found.every((covered) => covered === "inside")) return "inside";
    return found.every((covered) => covered === "outside") ? "outside" : "edge";
  }
}

export function skyTargets(rows: readonly CheckedRow[], coverage: Coverage): SkyTarget[] {
  return rows.flatMap((row) =>
    row.ra === null || row.dec === null ? [] : [{ name: row.name || `row ${row.row}`, ra: row.ra, dec: row.dec, state: coverage.stateOf(row) }],
  );
}
