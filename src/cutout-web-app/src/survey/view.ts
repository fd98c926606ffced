/** What part of a map a window shows, and which tiles of which level that takes. */
import type { SkyLayer } from "../api/types";
import type { MapPlace } from "./grid";

export const TILE_SIDE = 256;

/** A window's centre in map pixels from 0, and its screen pixels for each of the map's. */
export interface MapView extends MapPlace {
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface TilePlace {
  level: number;
  x: number;
  y: number;
}

export const MAX_ZOOM = 40;

/** A pixel of the level that is shown covers at least so many pixels of the screen. */
const LEAST_PIXEL = 0.75;

/** Tiles whose arrival is waited for before anything finer is fetched: they cover all in no time. */
const FIRST_LEVEL = 0;

/** The view of all that is observed. */
export function wholeView({ observed_box: [x0, y0, x1, y1] }: SkyLayer, size: Size): MapView {
  const zoom = 0.95 * Math.min(size.width / (x1 - x0), size.height / (y1 - y0));
  return { x: (x0 + x1 - 1) / 2, y: (y0 + y1 - 1) / 2, zoom: Math.min(MAX_ZOOM, zoom) };
}

export function toScreen(view: MapView, size: Size, place: MapPlace): [number, number] {
  return [size.width / 2 + (place.x - view.x) * view.zoom, size.height / 2 - (place.y - view.y) * view.zoom];
}

export function fromScreen(view: MapView, size: Size, [left, top]: readonly [number, number]): MapPlace {
  return { x: view.x + (left - size.width / 2) / view.zoom, y: view.y - (top - size.height / 2) / view.zoom };
}

/** Enlarges so that the place at a point of the screen stays there. */
export function zoomedAt(view: MapView, size: Size, point: readonly [number, number], factor: number, least: number): MapView {
  const zoom = Math.min(MAX_ZOOM, Math.max(least, view.zoom * factor));
  const place = fromScreen(view, size, point);
  const part = view.zoom / zoom;
  return { x: place.x + (view.x - place.x) * part, y: place.y + (view.y - place.y) * part, zoom };
}

export function panned(view: MapView, right: number, down: number): MapView {
  return { ...view, x: view.x - right / view.zoom, y: view.y + down / view.zoom };
}

/** Keeps the centre on the map. */
export function bounded(view: MapView, { width, height }: Size): MapView {
  return { ...view, x: Math.max(0, Math.min(width - 1, view.x)), y: Math.max(0, Math.min(height - 1, view.y)) };
}

/** The level whose pixels are about those of the screen. */
export function levelFor({ levels }: SkyLayer, zoom: number): number {
  const found = levels.findIndex(({ factor }) => factor === 1 || zoom * factor < 2 * LEAST_PIXEL);
  return found < 0 ? levels.length - 1 : found;
}

/** Tiles that a view needs, the coarsest one first, then those of its level from the middle outwards. */
export function tilesFor(layer: SkyLayer, view: MapView, size: Size): TilePlace[] {
  const level = levelFor(layer, view.zoom);
  const about = layer.levels[level];
  if (!about) return [];
  const side = TILE_SIDE * about.factor;
  const [low, high] = [fromScreen(view, size, [0, size.height]), fromScreen(view, size, [size.width, 0])];
  const range = (from: number, to: number, count: number): number[] => {
    const first = Math.max(0, Math.floor((from + 0.5) / side));
    const last = Math.min(count - 1, Math.floor((to + 0.5) / side));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
  };
  const far = ({ x, y }: TilePlace): number => Math.hypot((x + 0.5) * side - view.x, (y + 0.5) * side - view.y);
  const tiles = range(low.y, high.y, about.tiles_up).flatMap((y) => range(low.x, high.x, about.tiles_across).map((x) => ({ level, x, y })));
  tiles.sort((one, other) => far(one) - far(other));
  return level === FIRST_LEVEL ? tiles : [{ level: FIRST_LEVEL, x: 0, y: 0 }, ...tiles];
}

/** Corner and side of a tile on the screen: left, top, right, bottom. */
export function tileOnScreen(layer: SkyLayer, view: MapView, size: Size, { level, x, y }: TilePlace): [number, number, number, number] {
  const side = TILE_SIDE * (layer.levels[level]?.factor ?? 1);
  const [left, bottom] = toScreen(view, size, { x: x * side - 0.5, y: y * side - 0.5 });
  const [right, top] = toScreen(view, size, { x: (x + 1) * side - 0.5, y: (y + 1) * side - 0.5 });
  return [left, top, right, bottom];
}
