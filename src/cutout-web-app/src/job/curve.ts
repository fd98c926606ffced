/** The light curves of a target: read, grouped, and laid out as numbers. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";
import type { Job } from "../api/types";
import { compareBands } from "../bands";

/** A row of the table of light curves. */
export interface Point {
  band: string;
  filetype: string;
  field: string;
  obsid: string;
  mjd: number;
  status: string;
  value: number | null;
  error: number | null;
  unit: string | null;
  reason: string | null;
  /** Flux density and its error [mJy], where there is one; then the row has no value of a pixel. */
  flux?: number | null;
  flux_err?: number | null;
}

export type Measured = Point & { value: number };

/** Points that share an axis: of one kind of map and one unit. */
export interface Curve {
  filetype: string;
  unit: string;
  bands: string[];
  points: Measured[];
  /** Observations without a value. */
  without: number;
}

export function hasCurves(job: Job): boolean {
  return job.results.some((result) => result.id === "lightcurve");
}

export function curveAddress(job: string, form: string, objid: string): string {
  return `/files/jobs/${job}/out/lightcurve.${form}?TARGET=${encodeURIComponent(objid)}`;
}

export function curveQuery(job: string, objid: string) {
  return queryOptions({
    queryKey: ["lightcurve", job, objid],
    queryFn: async ({ signal }) => {
      const table = await call<{ rows: Point[] }>(curveAddress(job, "json", objid), { signal });
      return { ...table, rows: table.rows.map(drawn) };
    },
    staleTime: 30_000,
  });
}

/** A row with its flux density as the value that is drawn. */
export function drawn(point: Point): Point {
  if (point.flux == null) return point;
  return { ...point, value: point.flux, error: point.flux_err ?? null, unit: "mJy" };
}

/** Groups points by what can be drawn on one axis, in the order in which they come. */
export function curvesOf(points: readonly Point[]): Curve[] {
  const groups = new Map<string, Point[]>();
  for (const point of points) groups.set(point.filetype, [...(groups.get(point.filetype) ?? []), point]);
  return [...groups].flatMap(([filetype, all]) => {
    const units = [...new Set(all.filter(isMeasured).map((point) => point.unit ?? ""))];
    const without = all.filter((point) => !isMeasured(point)).length;
    return (units.length ? units : [""]).map((unit, at) => {
      const found = all.filter(isMeasured).filter((point) => (point.unit ?? "") === unit);
      const bands = [...new Set(found.map((point) => point.band))].sort(compareBands);
      return { filetype, unit, bands, points: found, without: at ? 0 : without };
    });
  });
}

function isMeasured(point: Point): point is Measured {
  return point.value !== null;
}

/** From the least to the greatest value with its error; never empty. */
export function valueRange(points: readonly Measured[]): [number, number] {
  const low = Math.min(...points.map((point) => point.value - (point.error ?? 0)));
  const high = Math.max(...points.map((point) => point.value + (point.error ?? 0)));
  return widened(low, high, Math.abs(high) || 1);
}

/** From the first to the last time [MJD]; never empty. */
export function timeRange(points: readonly Measured[]): [number, number] {
  const times = points.map((point) => point.mjd);
  return widened(Math.min(...times), Math.max(...times), 1);
}

function widened(low: number, high: number, least: number): [number, number] {
  const margin = high > low ? 0.06 * (high - low) : 0.5 * least;
  return [low - margin, high + margin];
}

/** Round numbers in a range, about `count` of them. */
export function ticks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const length = Math.floor(high / step) - first + 1;
  // A multiple of the step, not a sum of steps: 0.3, not 0.30000000000000004.
  return Array.from({ length }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

const UNIX_EPOCH_MJD = 40_587;
const DAY_MS = 86_400_000;

/** Date and time (UTC) of a modified Julian date, to the minute. */
export function momentOfMjd(mjd: number): string {
  return new Date((mjd - UNIX_EPOCH_MJD) * DAY_MS).toISOString().slice(0, 16).replace("T", " ");
}

/** Times [MJD] at which dates are written: the first observation of some days, with room between them for `count` in the range. */
export function dateTicks(points: readonly Pick<Point, "mjd">[], [low, high]: readonly [number, number], count: number): number[] {
  const chosen: number[] = [];
  for (const mjd of points.map((point) => point.mjd).sort((a, b) => a - b)) {
    const last = chosen.at(-1);
    if (last === undefined || (mjd - last >= (high - low) / count && Math.floor(mjd) > Math.floor(last))) chosen.push(mjd);
  }
  return chosen;
}

/** A value with as many digits as its error deserves. */
export function measured(value: number, error: number | null): string {
  if (!error) return value.toPrecision(4);
  const digits = Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return `${value.toFixed(digits)} ± ${error.toFixed(digits)}`;
}
