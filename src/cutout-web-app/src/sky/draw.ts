/** Draws the sky on a canvas. */
import { geoPath, type GeoProjection } from "d3-geo";
import type { MultiPolygon } from "geojson";
import { bandShape, bandToken } from "../bands";
import { gridLines, type GridLine } from "./projection";

/** How a target lies to the maps; or, of one that can be read in two ways, where it is in one of them. */
export type TargetState = "unknown" | "inside" | "edge" | "outside" | "hours" | "degrees";

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

/** Lines of bands, by their shapes. */
const DASHES = [[7, 4], [], [2, 3]];

/** Reads the colours of a page; a band without one is drawn in that of the text. */
export function readInk(element: Element, bands: readonly string[]): Ink {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--spt-${name}`).trim();
  return {
    ground: token("sky-land"),
    grid: token("sky-grid"),
    text: token("ink-soft"),
    bands: Object.fromEntries(bands.map((band) => [band, token(bandToken(band)) || token("ink-soft")])),
    states: { unknown: token("ink"), inside: token("good"), edge: token("warn"), outside: token("bad"), hours: token("accent"), degrees: token("accent") },
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
    context.setLineDash(DASHES[bandShape(band)] ?? []);
    context.stroke();
    context.setLineDash([]);
  }
}

function drawGrid(context: CanvasRenderingContext2D, projection: GeoProjection, size: { width: number; height: number }, ink: Ink): void {
  const path = geoPath(projection, context);
  const lines = gridLines(projection, size.width, size.height);
  context.strokeStyle = ink.grid;
  context.lineWidth = 0.7;
  for (const { points } of lines) {
    context.beginPath();
    path({ type: "LineString", coordinates: points });
    context.stroke();
  }
  drawLabels(context, projection, size, lines, ink);
}

const [LABEL_HEIGHT, LABEL_GAP] = [14, 10];

/** Writes the names of the lines, over all lines; one that would touch another is left out. */
function drawLabels(context: CanvasRenderingContext2D, projection: GeoProjection, size: { width: number; height: number }, lines: readonly GridLine[], ink: Ink): void {
  context.font = '11px system-ui, "DejaVu Sans", sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  const taken: { x: number; y: number; wide: number }[] = [];
  for (const { points, label, along } of lines) {
    const at = labelPlace(points, projection, size, along);
    if (!at) continue;
    const wide = context.measureText(label).width + 6;
    const [x, y] = [Math.min(Math.max(at[0], wide / 2), size.width - wide / 2), at[1]];
    if (taken.some((each) => Math.abs(each.x - x) < (each.wide + wide) / 2 + LABEL_GAP && Math.abs(each.y - y) < LABEL_HEIGHT)) continue;
    taken.push({ x, y, wide });
    context.fillStyle = ink.ground;
    context.fillRect(x - wide / 2, y - LABEL_HEIGHT / 2, wide, LABEL_HEIGHT);
    context.fillStyle = ink.text;
    context.fillText(label, x, y);
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
  for (const state of ["unknown", "inside", "edge", "outside", "hours", "degrees"] as const) {
    context.beginPath();
    // Of many targets some lie upon others: one mark for a pixel is enough, and quickly drawn.
    const taken = new Set<number>();
    for (const target of targets) {
      if (target.state !== state) continue;
      const place = projection([target.ra, target.dec]);
      if (!place || place[0] < -5 || place[0] > width + 5 || place[1] < -5 || place[1] > height + 5) continue;
      const pixel = Math.round(place[1]) * 65_536 + Math.round(place[0]);
      if (taken.has(pixel)) continue;
      taken.add(pixel);
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
  } else if (state === "hours") {
    context.moveTo(x, y - r * 1.5);
    context.lineTo(x + r * 1.3, y + r);
    context.lineTo(x - r * 1.3, y + r);
    context.closePath();
  } else if (state === "degrees") {
    context.rect(x - r, y - r, 2 * r, 2 * r);
  } else {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}
