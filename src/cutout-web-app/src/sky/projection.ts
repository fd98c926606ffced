/** The sky on a flat sheet: equal areas, east to the left, as the maps themselves are drawn. */
import { geoArea, geoAzimuthalEqualArea, geoCentroid, geoDistance, type GeoProjection } from "d3-geo";
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

/** Polygons of (ra, dec) as d3 wants them: closed, and around the smaller side of the sphere. */
export function toShape(footprint: Pick<Footprint, "polygons">): MultiPolygon {
  return { type: "MultiPolygon", coordinates: footprint.polygons.map((ring) => [closed(ring)]) };
}

/** A projection that shows the footprints whole in a sheet of `width` by `height` pixels. */
export function fieldProjection(shapes: readonly MultiPolygon[], width: number, height: number, view: View): GeoProjection {
  const all: MultiPolygon = { type: "MultiPolygon", coordinates: shapes.flatMap((shape) => shape.coordinates) };
  const field = all.coordinates.length ? all : SOUTHERN_SKY;
  const [lon, lat] = geoCentroid(field);
  const margin = 34;
  const projection = geoAzimuthalEqualArea()
    .rotate([-lon, -lat])
    .clipAngle(100)
    .reflectX(true)
    .fitExtent([[margin, margin], [width - margin, height - margin]], field);
  const [tx, ty] = projection.translate();
  const scale = projection.scale();
  return projection
    .scale(scale * view.zoom)
    .translate([width / 2 + (tx - width / 2 + view.x) * view.zoom, height / 2 + (ty - height / 2 + view.y) * view.zoom])
    .precision(0.4);
}

/** Steps of the graticule [deg] so that some lines cross the view. */
export function gridSteps(projection: GeoProjection, width: number): { ra: number; dec: number } {
  const degrees = (width / projection.scale()) * (180 / Math.PI);
  const dec = [0.25, 0.5, 1, 2, 5, 10, 20].find((step) => degrees / step <= 7) ?? 30;
  const ra = [0.25, 0.5, 1, 2.5, 5, 7.5, 15, 30].find((step) => degrees / step <= 12) ?? 30;
  return { ra, dec };
}

export interface GridLine {
  label: string;
  points: [number, number][];
  along: "ra" | "dec";
}

/** Lines of the graticule near the view's centre, as points of (ra, dec). */
export function gridLines(projection: GeoProjection, width: number, height: number): GridLine[] {
  const centre = projection.invert?.([width / 2, height / 2]) ?? [0, -57];
  const reach = Math.min(95, (Math.hypot(width, height) / projection.scale()) * (90 / Math.PI) + 5);
  const steps = gridSteps(projection, width);
  const near = (point: [number, number]): boolean => geoDistance(point, centre) * (180 / Math.PI) < reach;
  const lines: GridLine[] = [];
  const fine = Math.min(2, steps.dec / 4);
  for (let ra = 0; ra < 360; ra += steps.ra) {
    const points = range(-88, 88, fine).map((dec): [number, number] => [ra, dec]).filter(near);
    if (points.length > 1) lines.push({ label: hours(ra), points, along: "dec" });
  }
  for (let dec = -80; dec <= 80; dec += steps.dec) {
    const points = range(centre[0] - 180, centre[0] + 180, Math.min(3, steps.ra / 3)).map((ra): [number, number] => [ra, dec]).filter(near);
    if (points.length > 1) lines.push({ label: `${String(Number(dec.toFixed(2))).replace("-", "\u2212")}°`, points, along: "ra" });
  }
  return lines;
}

/** A place on the sheet as (ra, dec) [deg], or null beside the sky. */
export function placeAt(projection: GeoProjection, x: number, y: number): { ra: number; dec: number } | null {
  const place = projection.invert?.([x, y]);
  if (!place || !Number.isFinite(place[0]) || !Number.isFinite(place[1])) return null;
  const back = projection(place);
  if (!back || Math.hypot(back[0] - x, back[1] - y) > 1) return null;
  return { ra: (place[0] + 360) % 360, dec: place[1] };
}

function closed(points: readonly (readonly number[])[]): Position[] {
  const ring = points.map(([ra = 0, dec = 0]): Position => [ra > 180 ? ra - 360 : ra, dec]);
  const [first, last] = [ring[0], ring.at(-1)];
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) ring.push([...first]);
  return geoArea({ type: "Polygon", coordinates: [ring] }) > 2 * Math.PI ? ring.reverse() : ring;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);
}

function hours(ra: number): string {
  const minutes = Math.round(ra * 4);
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}`;
}
