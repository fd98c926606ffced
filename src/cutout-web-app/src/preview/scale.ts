/** The scale on which stamps of one target and band are shown, so that its epochs can be compared. */
import type { Outcome } from "../api/types";

/** Entries on both sides of the middle, and the entry of unobserved pixels. */
export const HALF = 127;
export const UNOBSERVED = 255;

/** What a stored picture's entries mean: the value of the last one, and the noise, in the map's unit. */
export interface Range {
  half: number;
  sigma: number;
  unit: string | null;
}

/** A picture without a range of its own ends at five standard deviations. */
const UNTOLD: Range = { half: 5, sigma: 1, unit: null };

export function rangeOf(row: Outcome): Range {
  const { preview_range: half, sigma, unit } = row;
  if (half == null || half <= 0) return UNTOLD;
  return { half, sigma: sigma != null && sigma > 0 ? sigma : half / 5, unit: unit ?? null };
}

/** One noise for several epochs, so that they share a scale: the largest of them. */
export function commonSigma(rows: readonly Outcome[]): number {
  return rows.reduce((most, row) => Math.max(most, rangeOf(row).sigma), 0) || 1;
}

/** The noise that a stamp's scale counts in: its own and that of its epochs, or one for all stamps of its unit. */
export type ScaleOf = (row: Outcome, epochs: readonly Outcome[]) => number;

export const scaleByTarget: ScaleOf = (row, epochs) => commonSigma([row, ...epochs]);

/** One noise for stamps of many targets, by which a cluster and a blank field can be told apart: the middle one of each unit. */
export function oneScale(rows: readonly Outcome[]): ScaleOf {
  const found = new Map<string | null, number[]>();
  for (const row of rows) {
    if (row.preview === null) continue;
    const { unit, sigma } = rangeOf(row);
    const all = found.get(unit);
    if (all) all.push(sigma);
    else found.set(unit, [sigma]);
  }
  const middle = new Map([...found].map(([unit, all]) => [unit, all.sort((one, other) => one - other)[all.length >> 1] ?? 1]));
  return (row) => middle.get(rangeOf(row).unit) ?? rangeOf(row).sigma;
}

/** The value of an entry as a part of the shown half width, which is `width` times `sigma`. */
export function shownPart(entry: number, range: Range, sigma: number, width: number): number {
  return (((entry - HALF) / HALF) * range.half) / (width * sigma);
}

/** A number with three significant digits. */
export function valueText(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "\u2212");
}

/** What the ends of the scale are. */
export function endsText(range: Range, sigma: number, width: number): string {
  return range.unit === null ? `±${valueText(width)}σ` : `±${valueText(width * sigma)} ${range.unit}`;
}
