/** Stamps of one position, as the synchronous service sends them: all bands in one FITS file. */
import { gridOf, type Grid, type MapPlace, type SkyPlace } from "../survey/grid";
import { readImages, type CardValue, type Hdu } from "./fits";

export interface Stamp {
  band: string;
  /** Its map. */
  map: string;
  filetype: string;
  obsid: string;
  width: number;
  height: number;
  /** Rows from the lowest; unobserved pixels are NaN. */
  values: Float32Array;
  /** None of a map without weights. */
  weights: Float32Array | null;
  unit: string | null;
  weightUnit: string | null;
  /** Side of a pixel, and full width of the beam [arcmin]. */
  scale: number;
  beam: number | null;
  /** Observed fraction. */
  covered: number;
  /** The target's place, from 0. */
  target: MapPlace;
  /** North at the target from up, counter-clockwise [deg]. */
  north: number | null;
  /** Null where its projection is not known here. */
  grid: Grid | null;
}

/** Reads the stamps of a response, in its order. */
export function readStamps(file: ArrayBuffer): Stamp[] {
  const hdus = readImages(file).filter(({ values }) => values.length > 0);
  return hdus.filter(({ cards }) => nameOf(cards) === "SCI").map((sci) => stampOf(sci, hdus.find((each) => isWeightOf(each, sci)) ?? null));
}

function nameOf(cards: Hdu["cards"]): CardValue | undefined {
  return cards.get("EXTNAME");
}

function isWeightOf({ cards }: Hdu, sci: Hdu): boolean {
  return nameOf(cards) === "WGT" && cards.get("EXTVER") === sci.cards.get("EXTVER");
}

function stampOf({ cards, width, height, values }: Hdu, wgt: Hdu | null): Stamp {
  const text = (name: string, of = cards): string | null => (of.has(name) ? String(of.get(name)).trim() || null : null);
  const number = (name: string): number | null => (typeof cards.get(name) === "number" ? Number(cards.get(name)) : null);
  const observed = values.map((value, at) => (wgt && !((wgt.values[at] ?? 0) > 0) ? NaN : Number.isFinite(value) ? value : NaN));
  const beam = number("BMAJ");
  return {
    band: text("BAND") ?? "",
    map: text("SRC_MAP") ?? "",
    filetype: text("FILETYPE") ?? "",
    obsid: text("OBSID") ?? "",
    width,
    height,
    values: observed,
    weights: wgt?.values ?? null,
    unit: text("BUNIT"),
    weightUnit: wgt ? text("BUNIT", wgt.cards) : null,
    scale: scaleOf(number),
    beam: beam === null ? null : beam * 60,
    covered: number("COVERED") ?? 1,
    target: { x: (number("TARG_X") ?? (width + 1) / 2) - 1, y: (number("TARG_Y") ?? (height + 1) / 2) - 1 },
    north: number("NORTH_PA"),
    grid: gridOfCards(cards),
  };
}

/** Side of a pixel [arcmin] by the matrix of its WCS. */
function scaleOf(number: (name: string) => number | null): number {
  const [a, b, c, d] = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"].map((name) => number(name) ?? 0) as [number, number, number, number];
  const area = Math.abs(a * d - b * c) || Math.abs((number("CDELT1") ?? 0) * (number("CDELT2") ?? 0));
  return 60 * Math.sqrt(area);
}

function gridOfCards(cards: Hdu["cards"]): Grid | null {
  const kind = String(cards.get("CTYPE1") ?? "");
  const frame = kind.startsWith("GLON") ? "GALACTIC" : String(cards.get("RADESYS") ?? (cards.has("EQUINOX") ? "FK5" : "ICRS"));
  return gridOf({ wcs: Object.fromEntries(cards), projection: kind.slice(5, 8), frame });
}

/** The pixel at a place of a stamp, from 0; null beside it. */
export function pixelAt({ width, height }: Stamp, { x, y }: MapPlace): MapPlace | null {
  const [column, row] = [Math.round(x), Math.round(y)];
  return column >= 0 && row >= 0 && column < width && row < height ? { x: column, y: row } : null;
}

export interface PixelReading {
  value: number;
  weight: number | null;
}

/** What a stamp holds at a position of the sky; null beside it, or where its pixels have no positions. */
export function readingAt(stamp: Stamp, sky: SkyPlace): PixelReading | null {
  const place = stamp.grid?.toMap(sky);
  const pixel = place ? pixelAt(stamp, place) : null;
  if (!pixel) return null;
  const at = pixel.y * stamp.width + pixel.x;
  return { value: stamp.values[at] ?? NaN, weight: stamp.weights?.[at] ?? null };
}

/** Noise of a stamp: the median absolute deviation of its observed pixels about their median, as a standard deviation. */
export function noiseOf({ values }: Pick<Stamp, "values">): number | null {
  const seen = values.filter((value) => !Number.isNaN(value)).sort();
  if (!seen.length) return null;
  const middle = medianOf(seen);
  const noise = 1.4826 * medianOf(seen.map((value) => Math.abs(value - middle)).sort());
  return noise > 0 ? noise : null;
}

function medianOf(sorted: ArrayLike<number>): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] ?? NaN) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

/** One noise for all stamps of a unit, so that they share a scale: the middle one of theirs, the larger of two. */
export function commonNoise(stamps: readonly Stamp[], unit: string | null): number | null {
  const found = stamps.filter((each) => each.unit === unit).map(noiseOf).filter((each) => each !== null);
  return found.sort((one, other) => one - other)[found.length >> 1] ?? null;
}
