/** Draws a view of the sky: tiles, graticule, marker, scale bar and beam. */
import type { GeoProjection } from "d3-geo";
import type { SkyLayer, SkyPlane } from "../api/types";
import type { gridLines, GridLine } from "../sky/projection";
import { cornersOf, type SkyBox } from "./box";
import type { Entry, Placed } from "./catalogue";
import { drawDots } from "./dots";
import type { Grid, MapPlace, SkyPlace } from "./grid";
import { markStyle, type MarkStyle } from "./marks";
import { pictureOf, type Palettes } from "./paint";
import { tileKey, type TileStore } from "./tiles";
import { fromScreen, levelFor, tileOnScreen, tilesFor, toScreen, type MapView, type Size, type TilePlace } from "./view";

export interface Scene {
  /** One layer, or three on the same pixels as red, green and blue. */
  layers: readonly [SkyLayer, ...SkyLayer[]];
  plane: SkyPlane;
  grid: Grid | null;
  view: MapView;
  size: Size;
  palettes: Palettes;
  /** What finds the lines of the graticule; null without one. */
  linesOf: typeof gridLines | null;
  marker: SkyPlace | null;
  box: SkyBox | null;
  /** Objects that are laid over it. */
  objects: readonly Placed[];
  /** The one of them that is pointed at. */
  hovered: Entry | null;
}

const GROUND = "#3b4653";
const INK = "#ffffff";
const SHADE = "rgb(0 0 0 / 75%)";
const MARGIN = 12;
const FONT = "12px system-ui, sans-serif";

export function drawScene(context: CanvasRenderingContext2D, store: TileStore, scene: Scene): void {
  const { size, grid } = scene;
  context.fillStyle = GROUND;
  context.fillRect(0, 0, size.width, size.height);
  drawTiles(context, store, scene);
  context.font = FONT;
  if (grid && scene.linesOf) drawGraticule(context, grid, scene.linesOf, scene);
  drawObjects(context, scene);
  if (scene.box) drawBox(context, scene, cornersOf(scene.layers[0], grid, scene.box));
  if (grid && scene.marker) drawMarker(context, scene, grid.toMap(scene.marker));
  drawScale(context, scene);
}

/** All that is there of the view, coarser tiles below finer ones: there is a picture from the first tile on. */
function drawTiles(context: CanvasRenderingContext2D, store: TileStore, scene: Scene): void {
  const { layers, plane, view, size, palettes } = scene;
  const [layer] = layers;
  const finest = levelFor(layer, view.zoom);
  for (let level = 0; level <= finest; level += 1) {
    for (const place of tilesOf(scene, level)) {
      const tiles = layers.map((each) => store.get(tileKey(each, plane, place))).filter((tile) => tile !== undefined);
      if (tiles.length < layers.length) continue;
      const [left, top, right, bottom] = tileOnScreen(layer, view, size, place).map(Math.round) as [number, number, number, number];
      context.fillStyle = GROUND;
      context.fillRect(left, top, right - left, bottom - top);
      const picture = pictureOf(tiles, palettes);
      // Pixels of the map are shown as what they are, once they are larger than those of the screen.
      context.imageSmoothingEnabled = view.zoom * (layer.levels[level]?.factor ?? 1) < 1;
      if (picture) context.drawImage(picture, left, top, right - left, bottom - top);
    }
  }
}

/** Tiles of a level in the view, as if the level were the one that is shown. */
function tilesOf({ layers: [layer], view, size }: Scene, level: number): TilePlace[] {
  const shown = levelFor(layer, view.zoom);
  if (level === shown) return tilesFor(layer, view, size).filter((each) => each.level === level);
  const factor = layer.levels[level]?.factor ?? 1;
  const coarse = { ...view, zoom: 1 / factor };
  const part = coarse.zoom / view.zoom;
  return tilesFor(layer, coarse, { width: size.width * part, height: size.height * part }).filter((each) => each.level === level);
}

function drawGraticule(context: CanvasRenderingContext2D, grid: Grid, linesOf: typeof gridLines, { view, size }: Scene): void {
  const { width, height } = size;
  const labelled: [number, number][] = [];
  for (const line of linesOf(projectionOf(grid, view, size), width, height)) {
    const points = line.points.map(([ra, dec]) => grid.toMap({ ra, dec })).map((place) => place && toScreen(view, size, place));
    context.strokeStyle = "rgb(255 255 255 / 45%)";
    context.lineWidth = 1;
    context.beginPath();
    let before: [number, number] | null = null;
    for (const point of points) {
      // Where a map ends, a line may come back at its other side.
      const goesOn = before && point && Math.hypot(point[0] - before[0], point[1] - before[1]) < 4 * (width + height);
      if (point) context[goesOn ? "lineTo" : "moveTo"](...point);
      before = point;
    }
    context.stroke();
    label(context, line, points, size, labelled);
  }
}

/** Writes what a line is where it comes into the view, unless another label stands there. */
function label(context: CanvasRenderingContext2D, line: GridLine, points: readonly ([number, number] | null)[], { width, height }: Size, taken: [number, number][]): void {
  const wide = context.measureText(line.label).width;
  const inside = points.filter((point): point is [number, number] => point !== null && point[0] > MARGIN && point[0] < width - wide - MARGIN && point[1] > 24 && point[1] < height - 60);
  const place = inside.reduce<[number, number] | null>((best, each) => {
    const edge = line.along === "dec" ? each[1] : each[0];
    return best === null || edge < (line.along === "dec" ? best[1] : best[0]) ? each : best;
  }, null);
  if (!place || taken.some(([x, y]) => Math.abs(x - place[0]) < wide + 12 && Math.abs(y - place[1]) < 18)) return;
  taken.push(place);
  outlined(context, line.label, place[0] + 4, place[1] - 4);
}

/** The view as the finder chart's graticule asks for it. */
function projectionOf(grid: Grid, view: MapView, size: Size): GeoProjection {
  const forward = ([ra, dec]: [number, number]): [number, number] | null => {
    const place = grid.toMap({ ra: ((ra % 360) + 360) % 360, dec });
    return place && toScreen(view, size, place);
  };
  const invert = (point: [number, number]): [number, number] | null => {
    const place = grid.toSky(fromScreen(view, size, point));
    return place && [place.ra, place.dec];
  };
  return Object.assign(forward, { invert }) as unknown as GeoProjection;
}

const RING = 9;
/** With more of them in the view, names would cover the map. */
const MOST_NAMED = 60;
const MOST_RINGED = 1000;

type Seen = Pick<Placed, "entry"> & { point: [number, number] };

function drawObjects(context: CanvasRenderingContext2D, { objects, hovered, view, size }: Scene): void {
  const seen = objects
    .map(({ entry, at }): Seen => ({ entry, point: toScreen(view, size, at) }))
    .filter(({ point: [x, y] }) => x > -RING && y > -RING && x < size.width + RING && y < size.height + RING);
  const groups = [...new Set(seen.map(({ entry }) => entry.mark))].map((mark) => ({ ...markStyle(mark), seen: seen.filter(({ entry }) => entry.mark === mark) }));
  if (seen.length > MOST_RINGED) drawDots(context, groups.map(({ colour, seen: those }) => ({ colour, points: those.map(({ point }) => point) })));
  else for (const group of groups) drawRings(context, group.seen, group);
  if (seen.length <= MOST_NAMED) for (const each of seen) drawName(context, each);
  const found = hovered && seen.find(({ entry }) => entry === hovered);
  if (!found) return;
  drawRings(context, [{ ...found, entry: { ...found.entry, radius: radiusOf(found.entry) + 4 } }], markStyle(found.entry.mark));
  if (seen.length > MOST_NAMED) drawName(context, found);
}

function radiusOf({ radius }: Entry): number {
  return radius ?? RING;
}

function drawName(context: CanvasRenderingContext2D, { entry, point: [x, y] }: Seen): void {
  outlined(context, entry.name, x + radiusOf(entry) + 4, y + 4);
}

function drawRings(context: CanvasRenderingContext2D, seen: readonly Seen[], { colour, corners }: MarkStyle): void {
  for (const [style, width] of [[SHADE, 3.5], [colour, 1.6]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    for (const { entry, point: [x, y] } of seen) {
      const radius = radiusOf(entry);
      corners.forEach(([across, down], at) => context[at ? "lineTo" : "moveTo"](x + across * radius, y + down * radius));
      if (corners.length) {
        context.closePath();
        continue;
      }
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
    context.stroke();
  }
}

function drawMarker(context: CanvasRenderingContext2D, { view, size }: Scene, place: { x: number; y: number } | null): void {
  if (!place) return;
  const [x, y] = toScreen(view, size, place);
  for (const [style, width] of [[SHADE, 4], [INK, 1.6]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      context.moveTo(x + 7 * dx, y + 7 * dy);
      context.lineTo(x + 18 * dx, y + 18 * dy);
    }
    context.stroke();
  }
}

function drawBox(context: CanvasRenderingContext2D, { view, size }: Scene, corners: [MapPlace, MapPlace] | null): void {
  if (!corners) return;
  const [[left, bottom], [right, top]] = corners.map((corner) => toScreen(view, size, corner)) as [[number, number], [number, number]];
  for (const [style, width] of [[SHADE, 4], [INK, 1.6]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

/** Lengths of the scale bar [arcmin]. */
const LENGTHS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200];
const LONGEST = 130;

/** The longest of the usual lengths that a bar may have [arcmin], and its pixels. */
export function scaleBar(arcminPerPixel: number): { text: string; pixels: number } {
  const length = LENGTHS.findLast((each) => each / arcminPerPixel <= LONGEST) ?? LENGTHS[0] ?? 1;
  const text = length >= 60 ? `${length / 60}°` : length >= 1 ? `${length}\u2032` : `${length * 60}\u2033`;
  return { text, pixels: length / arcminPerPixel };
}

function drawScale(context: CanvasRenderingContext2D, { layers: [layer], view, size }: Scene): void {
  const arcmin = layer.pixel_scale_arcmin / view.zoom;
  const { text, pixels } = scaleBar(arcmin);
  const [x, y] = [MARGIN, size.height - MARGIN];
  for (const [style, width] of [[SHADE, 5], [INK, 2]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x, y - 6);
    context.lineTo(x, y);
    context.lineTo(x + pixels, y);
    context.lineTo(x + pixels, y - 6);
    context.stroke();
  }
  outlined(context, text, x + 6, y - 8);
  const radius = layer.beam_arcmin === null ? 0 : layer.beam_arcmin / arcmin / 2;
  if (radius < 3 || radius > 80) return;
  const centre = x + Math.max(pixels, 60) + 16 + radius;
  for (const [style, width] of [[SHADE, 4], [INK, 1.6]] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(centre, y - radius, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  outlined(context, "beam", centre + radius + 6, y - 2);
}

function outlined(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = SHADE;
  context.strokeText(text, x, y);
  context.fillStyle = INK;
  context.fillText(text, x, y);
}
