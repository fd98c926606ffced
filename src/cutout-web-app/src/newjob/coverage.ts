import type { Covered, TargetCoverage } from "../api/types";
import type { SkyTarget, TargetState } from "../sky/draw";
import type { CheckedRow } from "../targets/check";

const RANK: Record<Covered, number> = { outside: 0, edge: 1, inside: 2 };

/** How the maps of each band cover a target: the best of them. */
export function byBand(target: TargetCoverage | undefined): [string, Covered][] {
  const best = new Map<string, Covered>();
  for (const each of target?.coverage ?? []) {
    const known = best.get(each.band);
    if (known === undefined || RANK[each.covered] > RANK[known]) best.set(each.band, each.covered);
  }
  return [...best];
}

/** One word for a target: inside everything asked for, outside all of it, or in between. */
export function stateOf(target: TargetCoverage | undefined): TargetState {
  if (!target?.coverage.length) return "unknown";
  const covers = byBand(target).map(([, covered]) => covered);
  if (covers.every((covered) => covered === "inside")) return "inside";
  return covers.every((covered) => covered === "outside") ? "outside" : "edge";
}

/** What is known of each row: the response's rows are those that were sent, in order. */
export function coverageByRow(sent: readonly CheckedRow[], targets: readonly TargetCoverage[]): Map<number, TargetCoverage> {
  const found = new Map<number, TargetCoverage>();
  for (const target of targets) {
    const row = sent[target.row - 1];
    if (row) found.set(row.row, target);
  }
  return found;
}

export function skyTargets(rows: readonly CheckedRow[], coverage: ReadonlyMap<number, TargetCoverage>): SkyTarget[] {
  return rows.flatMap(({ row, name, ra, dec }) =>
    ra === null || dec === null ? [] : [{ name: name || `row ${row}`, ra, dec, state: stateOf(coverage.get(row)) }],
  );
}
