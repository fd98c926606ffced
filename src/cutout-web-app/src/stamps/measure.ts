/** What a stamp holds around a place: statistics in a circle, and means in rings. */
import type { MapPlace } from "../survey/grid";
import type { Stamp } from "./stamps";

type Pixels = Pick<Stamp, "width" | "height" | "values" | "scale">;

export interface CircleStatistics {
  /** Observed pixels in the circle, and all of them. */
  count: number;
  pixels: number;
  mean: number;
  median: number;
  /** Standard deviation of the pixels. */
  deviation: number;
  least: number;
  most: number;
}

export interface Ring {
  /** Mean distance of its pixels [arcmin]. */
  radius: number;
  mean: number;
  /** Standard deviation of its pixels over the root of their number: noise of a map is correlated, so that it is a lower bound. */
  error: number;
  count: number;
}

/** Visits the pixels whose centres lie within a radius [arcmin] of a place, with their distances [arcmin]. */
function visit({ width, height, values, scale }: Pixels, { x, y }: MapPlace, radius: number, take: (value: number, distance: number) => void): void {
  const reach = radius / scale;
  const [left, right] = [Math.max(0, Math.ceil(x - reach)), Math.min(width - 1, Math.floor(x + reach))];
  const [low, high] = [Math.max(0, Math.ceil(y - reach)), Math.min(height - 1, Math.floor(y + reach))];
  for (let row = low; row <= high; row += 1) {
    for (let column = left; column <= right; column += 1) {
      const distance = Math.hypot(column - x, row - y);
      if (distance <= reach) take(values[row * width + column] ?? NaN, distance * scale);
    }
  }
}

/** Statistics of the observed pixels in a circle [arcmin]; null without any. */
export function statisticsIn(stamp: Pixels, centre: MapPlace, radius: number): CircleStatistics | null {
  const seen: number[] = [];
  let pixels = 0;
  visit(stamp, centre, radius, (value) => {
    pixels += 1;
    if (!Number.isNaN(value)) seen.push(value);
  });
  seen.sort((one, other) => one - other);
  const [least, most, half] = [seen[0], seen.at(-1), seen.length >> 1];
  if (least === undefined || most === undefined) return null;
  const mean = meanOf(seen);
  const median = seen.length % 2 ? (seen[half] ?? NaN) : ((seen[half - 1] ?? NaN) + (seen[half] ?? NaN)) / 2;
  return { count: seen.length, pixels, mean, median, deviation: deviationOf(seen, mean), least, most };
}

/** Means of the observed pixels in rings of a width about a place, out to a radius, both in arcmin; rings without any are left out. */
export function profileOf(stamp: Pixels, centre: MapPlace, width: number, radius: number): Ring[] {
  const rings: { values: number[]; distances: number[] }[] = [];
  visit(stamp, centre, radius, (value, distance) => {
    if (Number.isNaN(value)) return;
    const ring = (rings[Math.floor(distance / width)] ??= { values: [], distances: [] });
    ring.values.push(value);
    ring.distances.push(distance);
  });
  // Where no pixel fell into a ring, the list has a gap, which `flatMap` passes over.
  return rings.flatMap(({ values, distances }) => {
    const mean = meanOf(values);
    return [{ radius: meanOf(distances), mean, error: deviationOf(values, mean) / Math.sqrt(values.length), count: values.length }];
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function deviationOf(values: readonly number[], mean: number): number {
  return Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, values.length - 1));
}
