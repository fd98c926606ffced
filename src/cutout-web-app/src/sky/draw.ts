/** Draws the sky on a canvas. */
import { geoPath, type GeoProjection } from "d3-geo";
import type { MultiPolygon } from "geojson";
import { gridLines } from "./projection";

export type TargetState = "unknown" | "inside" | "edge" | "outside";

export interface SkyTarget {
  name: string;
  ra: number;
  dec: number;
  state: TargetState;
}

export interface BandShape {
  band: string;
  shape: MultiPolygon;
}

/** The colours of the page, as the canvas needs them. */
export interface Ink {
  ground: string;
  grid: string;
  text: string;
  bands: Record<string, string>;
  states: Record<TargetState, string>;
}

const DASHES: Record<string, number[]> = { "90GHz": [7, 4], "150GHz": [], "220GHz": [2, 3] };

/** Reads the colours of a page; a band without one is drawn in that of the text. */
export function readInk(element: Element, bands: readonly string[]): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--spt-${name}`).trim();
  return {
    ground: token("sky-land"),
    grid: token("sky-grid"),
    text: token("ink-soft"),
    bands: Object.fromEntries(bands.map((band) => [band, token(`band-${parseInt(band, 10)}`) || token("ink-soft")])),
    states: { unknown: token("ink"), inside: token("good"), edge: token("warn"), outside: token("bad") },
  };
}

export function drawSky(
  context: CanvasRenderingContext2D,
  projection: GeoProjection,
  size: { width: number; height: number },
  shapes: readonly BandShape[],
  targets: readonly SkyTarget[],
  ink: Ink,
): void {
  context.clearRect(0, 0, size.width, size.height);
  context.fillStyle = ink.ground;
  context.fillRect(0, 0, size.width, size.height);
  drawFootprints(context, projection, shapes, ink);
  drawGrid(context, projection, size, ink);
  drawTargets(context, projection, size, targets, ink);
}

function drawFootprints(context: CanvasRenderingContext2D, projection: GeoProjection, shapes: readonly BandShape[], ink: Ink): void {
  const path = geoPath(projection, context);
  for (const { band, shape } of shapes) {
    const colour = ink.bands[band] ?? ink.text;
    context.beginPath();
    path(shape);
    context.globalAlpha = 0.07;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colour;
    context.lineWidth = 1.4;
    context.setLineDash(DASHES[band] ?? []);
    context.stroke();
    context.setLineDash([]);
  }
}

function drawGrid(context: CanvasRenderingContext2D, projection: GeoProjection, size: { width: number; height: number }, ink: Ink): void {
  const path = geoPath(projection, context);
  context.strokeStyle = ink.grid;
  context.lineWidth = 0.7;
  context.font = '11px system-ui, "DejaVu Sans", sans-serif';
  const taken: [number, number][] = [];
  for (const line of gridLines(projection, size.width, size.height)) {
    context.beginPath();
    path({ type: "LineString", coordinates: line.points });
    context.stroke();
    const at = labelPlace(line.points, projection, size, line.along);
    // Labels that would lie upon another are left out.
    if (!at || taken.some(([x, y]) => Math.abs(x - at[0]) < 34 && Math.abs(y - at[1]) < 14)) continue;
    taken.push(at);
    const wide = context.measureText(line.label).width + 6;
    context.fillStyle = ink.ground;
    context.fillRect(at[0] - wide / 2, at[1] - 7, wide, 14);
    context.fillStyle = ink.text;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(line.label, at[0], at[1]);
  }
}

/** Right ascensions are written along the lower edge, declinations along the left one. */
function labelPlace(
  points: readonly [number, number][],
  projection: GeoProjection,
  { width, height }: { width: number; height: number },
  along: "ra" | "dec",
): [number, number] | null {
  const inside = points
    .map((point) => projection(point))
    .filter((place) => place !== null && place[0] > 16 && place[0] < width - 16 && place[1] > 10 && place[1] < height - 10) as [number, number][];
  if (!inside.length) return null;
  return inside.reduce((best, place) => (along === "dec" ? place[1] > best[1] : place[0] < best[0]) ? place : best);
}

function drawTargets(
  context: CanvasRenderingContext2D,
  projection: GeoProjection,
  { width, height }: { width: number; height: number },
  targets: readonly SkyTarget[],
  ink: Ink,
): void {
  const radius = targets.length > 2000 ? 1.8 : targets.length > 200 ? 2.6 : 4;
  for (const state of ["unknown", "inside", "edge", "outside"] as const) {
    context.beginPath();
    for (const target of targets) {
      if (target.state !== state) continue;
      const place = projection([target.ra, target.dec]);
      if (!place || place[0] < -5 || place[0] > width + 5 || place[1] < -5 || place[1] > height + 5) continue;
      mark(context, state, place[0], place[1], radius);
    }
    context.strokeStyle = ink.states[state];
    context.fillStyle = ink.states[state];
    context.lineWidth = 1.5;
    if (state === "inside") context.fill();
    context.stroke();
  }
}

/** A form for each state, so that colour is not the only sign. */
function mark(context: CanvasRenderingContext2D, state: TargetState, x: number, y: number, r: number): void {
  if (state === "outside") {
    context.moveTo(x - r, y - r);
    context.lineTo(x + r, y + r);
    context.moveTo(x + r, y - r);
    context.lineTo(x - r, y + r);
  } else if (state === "edge") {
    context.moveTo(x, y - r * 1.3);
    context.lineTo(x + r * 1.3, y);
    context.lineTo(x, y + r * 1.3);
    context.lineTo(x - r * 1.3, y);
    context.closePath();
  } else {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}
