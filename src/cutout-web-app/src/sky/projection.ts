/** The sky on a flat sheet: equal areas, east to the left, as the maps themselves are drawn. */
import { geoArea, geoAzimuthalEqualArea, geoCentroid, type GeoProjection } from "d3-geo";
import type { MultiPolygon, Position } from "geojson";
import type { Footprint } from "../api/types";

export interface View {
  /** Enlargement over the view of the whole field. */
  zoom: number;
  /** Shift of the field's centre [pixels at zoom 1]. */
  x: number;
  y: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };

const SOUTHERN_SKY: MultiPolygon = {
  type: "MultiPolygon",
  coordinates: [[closed([[300, -72], [330, -72], [0, -72], [30, -72], [60, -72], [60, -40], [30, -40], [0, -40], [330, -40], [300, -40]])]],
};

/** Polygons of (ra, dec) as d3 takes them: closed, and around the smaller side of the sphere. */
export function toShape(footprint: Pick<Footprint, "polygons">): MultiPolygon {
  return { type: "MultiPolygon", coordinates: footprint.polygons.map((ring) => [closed(ring)]) };
}

/** Where the whole field lies on a sheet: rotation [deg], scale and shift [pixels]. */
export interface Fit {
  rotate: [number, number];
  scale: number;
  translate: [number, number];
}

const MARGIN = 34;

/** Fits the footprints whole into a sheet of `width` by `height` pixels. */
export function fitField(shapes: readonly MultiPolygon[], width: number, height: number): Fit {
  const all: MultiPolygon = { type: "MultiPolygon", coordinates: shapes.flatMap((shape) => shape.coordinates) };
  const field = all.coordinates.length ? all : SOUTHERN_SKY;
  const [lon, lat] = geoCentroid(field);
  const projection = skyProjection([-lon, -lat]).fitExtent([[MARGIN, MARGIN], [width - MARGIN, height - MARGIN]], field);
  return { rotate: [-lon, -lat], scale: projection.scale(), translate: projection.translate() };
}

/** The projection of a view; what lies beside the sheet is not drawn. */
export function viewProjection({ rotate, scale, translate: [tx, ty] }: Fit, width: number, height: number, view: View): GeoProjection {
  return skyProjection(rotate)
    .scale(scale * view.zoom)
    .translate([width / 2 + (tx - width / 2 + view.x) * view.zoom, height / 2 + (ty - height / 2 + view.y) * view.zoom])
    .clipExtent([[-MARGIN, -MARGIN], [width + MARGIN, height + MARGIN]])
    .precision(0.4);
}

function skyProjection(rotate: [number, number]): GeoProjection {
  return geoAzimuthalEqualArea().rotate(rotate).clipAngle(100).reflectX(true);
}

/** Ranges of right ascension and declination [deg] that a sheet shows. */
export interface Visible {
  ra: [number, number];
  dec: [number, number];
}

const [ACROSS, DOWN] = [12, 8];

/** Finds what a sheet shows by looking at some places of it; null when that is no sky. */
export function visibleSky(projection: GeoProjection, width: number, height: number): Visible | null {
  const places = Array.from({ length: (ACROSS + 1) * (DOWN + 1) }, (_, at) => {
    return placeAt(projection, ((at % (ACROSS + 1)) * width) / ACROSS, (Math.floor(at / (ACROSS + 1)) * height) / DOWN);
  }).filter((place) => place !== null);
  const middle = placeAt(projection, width / 2, height / 2) ?? places[0];
  if (!middle) return null;
  const ras = places.map(({ ra }) => middle.ra + turned(ra - middle.ra));
  const decs = places.map(({ dec }) => dec);
  const dec: [number, number] = [Math.min(...decs), Math.max(...decs)];
  const poles = [-90, 90].filter((pole) => shows(projection, [0, pole], width, height));
  if (!poles.length) return { ra: [Math.min(...ras), Math.max(...ras)], dec };
  // Around a pole there are all right ascensions.
  return { ra: [middle.ra - 180, middle.ra + 180], dec: [Math.min(dec[0], ...poles), Math.max(dec[1], ...poles)] };
}

function shows(projection: GeoProjection, place: [number, number], width: number, height: number): boolean {
  const at = projection(place);
  return at !== null && at[0] >= 0 && at[0] <= width && at[1] >= 0 && at[1] <= height;
}

/** Steps between right ascensions: 10, 20 and 30 s, 1 min and so on to 2 h [deg]. */
const RA_STEPS = [1 / 24, 1 / 12, 0.125, 0.25, 0.5, 1, 2.5, 5, 7.5, 15, 30];
const DEC_STEPS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30];

/** Room for a line with its label [pixels]: `23h59m50s` is wider than a declination is high. */
const [RA_ROOM, DEC_ROOM] = [80, 50];

/** Steps of the graticule [deg] so that some lines cross the view, whatever it shows, with room for their labels. */
export function gridSteps({ ra, dec }: Visible, width: number, height: number): { ra: number; dec: number } {
  const [across, down] = [Math.max(3, width / RA_ROOM), Math.max(3, height / DEC_ROOM)];
  return {
    ra: RA_STEPS.find((step) => (ra[1] - ra[0]) / step <= across) ?? 30,
    dec: DEC_STEPS.find((step) => (dec[1] - dec[0]) / step <= down) ?? 30,
  };
}

export interface GridLine {
  label: string;
  points: [number, number][];
  along: "ra" | "dec";
}

/** Points of a line: between them great circles are drawn, which differ from parallels by less than a pixel. */
const POINTS = 48;

/** Lines of the graticule in the view, as points of (ra, dec). */
export function gridLines(projection: GeoProjection, width: number, height: number): GridLine[] {
  const visible = visibleSky(projection, width, height);
  if (!visible) return [];
  const steps = gridSteps(visible, width, height);
  // Meridians end short of the pole, where they would run together.
  const end = 90 - Math.min(2, steps.dec / 2);
  const dec: [number, number] = [Math.max(-end, visible.dec[0] - steps.dec), Math.min(end, visible.dec[1] + steps.dec)];
  const ra = isWhole(visible.ra) ? visible.ra : ([visible.ra[0] - steps.ra, visible.ra[1] + steps.ra] as [number, number]);
  const meridians = multiples(ra, steps.ra).slice(0, isWhole(ra) ? Math.round(360 / steps.ra) : undefined);
  const parallels = multiples(dec, steps.dec);
  return [
    ...meridians.map((each): GridLine => ({ label: hours(wrapped(each)), points: spread(dec).map((at) => [each, at]), along: "dec" })),
    ...parallels.map((each): GridLine => ({ label: degrees(each), points: spread(ra).map((at) => [at, each]), along: "ra" })),
  ];
}

/** A place on the sheet as (ra, dec) [deg], or null beside the sky. */
export function placeAt(projection: GeoProjection, x: number, y: number): { ra: number; dec: number } | null {
  const place = projection.invert?.([x, y]);
  if (!place || !Number.isFinite(place[0]) || !Number.isFinite(place[1])) return null;
  const back = projection(place);
  if (!back || Math.hypot(back[0] - x, back[1] - y) > 1) return null;
  return { ra: wrapped(place[0]), dec: place[1] };
}

function closed(points: readonly (readonly number[])[]): Position[] {
  const ring = points.map(([ra = 0, dec = 0]): Position => [ra > 180 ? ra - 360 : ra, dec]);
  const [first, last] = [ring[0], ring.at(-1)];
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) ring.push([...first]);
  return geoArea({ type: "Polygon", coordinates: [ring] }) > 2 * Math.PI ? ring.reverse() : ring;
}

/** Multiples of a step in a range, both ends included. */
function multiples([low, high]: [number, number], step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, at) => (first + at) * step);
}

function spread([low, high]: [number, number]): number[] {
  return Array.from({ length: POINTS + 1 }, (_, at) => low + ((high - low) * at) / POINTS);
}

function isWhole([low, high]: [number, number]): boolean {
  return high - low >= 360;
}

function wrapped(ra: number): number {
  return ((ra % 360) + 360) % 360;
}

/** A difference of right ascensions from -180 to 180 degrees. */
function turned(difference: number): number {
  return wrapped(difference + 180) - 180;
}

/** Hours, with minutes and seconds where the line is not at a whole hour. */
function hours(ra: number): string {
  const seconds = Math.round(ra * 240) % 86_400;
  const two = (part: number): string => String(Math.floor(part)).padStart(2, "0");
  const minutes = seconds % 3600 ? `${two((seconds / 60) % 60)}m` : "";
  return `${Math.floor(seconds / 3600)}h${minutes}${seconds % 60 ? `${two(seconds % 60)}s` : ""}`;
}

function degrees(dec: number): string {
  return `${String(Number(dec.toFixed(2))).replace("-", "\u2212")}°`;
}
