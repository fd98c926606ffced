import { describe, expect, it } from "vitest";
import { profileOf, statisticsIn } from "../src/stamps/measure";

const [SIDE, SCALE] = [21, 0.5];
const CENTRE = { x: 10, y: 10 };

function stampOf(value: (x: number, y: number) => number): { width: number; height: number; scale: number; values: Float32Array } {
  return { width: SIDE, height: SIDE, scale: SCALE, values: Float32Array.from({ length: SIDE ** 2 }, (_, at) => value(at % SIDE, Math.floor(at / SIDE))) };
}

describe("statistics in a circle", () => {
  it("are of the pixels whose centres lie in it", () => {
    const found = statisticsIn(stampOf((x, y) => (x === 10 && y === 10 ? 6 : 1)), CENTRE, SCALE);
    expect(found).toMatchObject({ count: 5, pixels: 5, mean: 2, median: 1, least: 1, most: 6 });
    expect(found?.deviation).toBeCloseTo(Math.sqrt(5), 12);
  });

  it("leave out what is not observed, and say so", () => {
    const half = stampOf((x) => (x < 10 ? NaN : x));
    expect(statisticsIn(half, CENTRE, SCALE)).toMatchObject({ count: 4, pixels: 5, mean: 10.25, median: 10, least: 10, most: 11 });
    expect(statisticsIn(stampOf(() => NaN), CENTRE, 3)).toBeNull();
  });

  it("end at the edge of the stamp", () => {
    expect(statisticsIn(stampOf(() => 1), { x: 0, y: 0 }, SCALE)).toMatchObject({ count: 3, pixels: 3 });
    expect(statisticsIn(stampOf(() => 1), { x: 500, y: 0 }, SCALE)).toBeNull();
    expect(statisticsIn(stampOf(() => 1), CENTRE, 100)).toMatchObject({ count: SIDE ** 2 });
  });
});

describe("a radial profile", () => {
  it("has the mean of each ring at the mean distance of its pixels", () => {
    const rings = profileOf(stampOf((x, y) => Math.hypot(x - 10, y - 10) * SCALE), CENTRE, 1, 4);
    expect(rings).toHaveLength(5);
    for (const { radius, mean } of rings) expect(mean).toBeCloseTo(radius, 5);
    expect(rings.reduce((sum, { count }) => sum + count, 0)).toBe(statisticsIn(stampOf(() => 1), CENTRE, 4)?.count);
    expect(rings.map(({ radius }) => Math.floor(radius))).toEqual([0, 1, 2, 3, 4]);
  });

  it("leaves out rings without an observed pixel", () => {
    const rings = profileOf(stampOf((x, y) => (Math.hypot(x - 10, y - 10) < 4 ? NaN : 1)), CENTRE, 1, 4);
    expect(rings.map(({ radius }) => Math.floor(radius))).toEqual([2, 3, 4]);
    expect(rings.every(({ mean, error }) => mean === 1 && error === 0)).toBe(true);
  });
});
