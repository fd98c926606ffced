/** The scale on which stamps of one target and band are shown, so that its epochs can be compared. */
import type { Outcome } from "../api/types";
import type { PalettePicture } from "./png";

/** Entries on both sides of the middle, and the entry of unobserved pixels. */
export const HALF = 127;
export const UNOBSERVED = 255;

/** Robust standard deviations that the ends of a stored picture stand for. */
export const STORED_SIGMA = 5;

/** What a stored picture's entries mean, in the map's unit; without facts, in stored half ranges. */
export interface Range {
  middle: number;
  half: number;
  unit: string | null;
}

/** The range of a stamp, from its row or, failing that, from the picture itself. */
export function rangeOf(row: Outcome, picture?: PalettePicture): Range {
  const told = (name: string): number | null => {
    const text = picture?.texts[name];
    return text === undefined || text === "" || Number.isNaN(Number(text)) ? null : Number(text);
  };
  const half = row.preview_range ?? told("half_range");
  if (half === null || half <= 0) return { middle: 0, half: 1, unit: null };
  return { middle: row.preview_middle ?? told("middle") ?? 0, half, unit: row.unit ?? picture?.texts.unit ?? null };
}

/** One range for several epochs: the widest of them. */
export function commonHalf(ranges: readonly Range[]): number {
  return ranges.reduce((widest, range) => Math.max(widest, range.half), 0) || 1;
}

/** The value of an entry as a part of the shown half range. */
export function shownPart(entry: number, range: Range, half: number, sigma: number): number {
  const value = range.middle + ((entry - HALF) / HALF) * range.half;
  return value / ((half * sigma) / STORED_SIGMA);
}

/** A number with three significant digits. */
export function valueText(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "\u2212");
}

/** What the ends of the scale are. */
export function endsText(range: Range, half: number, sigma: number): string {
  if (range.unit === null) return `±${valueText(sigma)}σ`;
  return `±${valueText((half * sigma) / STORED_SIGMA)} ${range.unit}`;
}
