/** Tiles of values: fetched a few at a time, those in view first, and kept up to a limit. */
import { ApiError, fetchRaw } from "../api/client";
import type { SkyLayer, SkyPlane } from "../api/types";
import { TILE_SIDE, type TilePlace } from "./view";

/** A tile; without values where nothing of it is observed. */
export interface Tile {
  values: Float32Array | null;
  /** Its picture, and the look that it was painted in. */
  picture: HTMLCanvasElement | null;
  paintedAs: unknown;
}

/** Half a megabyte each, with their pictures. */
const MAX_TILES = 320;
const AT_ONCE = 6;
const PAUSE_MS = 2_000;

interface Requested {
  key: string;
  path: string;
}

export function tileKey({ id, version }: Pick<SkyLayer, "id" | "version">, plane: SkyPlane, { level, x, y }: TilePlace): string {
  return `${id}/${version}/${plane}/${level}/${x}/${y}`;
}

export class TileStore {
  private readonly tiles = new Map<string, Tile>();
  private readonly underWay = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private requested: Requested[] = [];
  private pausedUntil = 0;
  /** Why tiles do not come, while they do not. */
  error: unknown = null;

  /** Calls back whenever a tile has come, or could not come. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A tile that is there; it counts as used just now. */
  get(key: string): Tile | undefined {
    const tile = this.tiles.get(key);
    if (tile) {
      this.tiles.delete(key);
      this.tiles.set(key, tile);
    }
    return tile;
  }

  /** Fetches what is missing of these places of all layers, in their order; what else is under way is given up. */
  request(layers: readonly SkyLayer[], plane: SkyPlane, places: readonly TilePlace[]): void {
    this.requested = places.flatMap((place) => layers.map((layer) => ({ key: tileKey(layer, plane, place), path: pathOf(layer, plane, place) })));
    const keys = new Set(this.requested.map(({ key }) => key));
    for (const [key, stop] of this.underWay) if (!keys.has(key)) stop.abort();
    this.fetchNext();
  }

  /** How many of the requested tiles are not there yet. */
  get missing(): number {
    return this.requested.filter(({ key }) => !this.tiles.has(key)).length;
  }

  /** Stops fetching. */
  close(): void {
    this.requested = [];
    for (const stop of this.underWay.values()) stop.abort();
  }

  private fetchNext(): void {
    if (Date.now() < this.pausedUntil) return;
    for (const { key, path } of this.requested) {
      if (this.underWay.size >= AT_ONCE) return;
      if (!this.tiles.has(key) && !this.underWay.has(key)) void this.fetch(key, path);
    }
  }

  private async fetch(key: string, path: string): Promise<void> {
    const stop = new AbortController();
    this.underWay.set(key, stop);
    try {
      const values = await fetchValues(path, stop.signal);
      this.keep(key, { values, picture: null, paintedAs: null });
      this.error = null;
    } catch (error) {
      if (!stop.signal.aborted) this.pause(error);
    } finally {
      this.underWay.delete(key);
      for (const listener of this.listeners) listener();
      this.fetchNext();
    }
  }

  /** What is refused for good is as a tile without values; anything else is tried again after a while. */
  private pause(error: unknown): void {
    this.error = error;
    this.pausedUntil = Date.now() + PAUSE_MS;
    setTimeout(() => this.fetchNext(), PAUSE_MS + 10);
    if (error instanceof ApiError && error.status === 404) this.requested = [];
  }

  private keep(key: string, tile: Tile): void {
    this.tiles.set(key, tile);
    const bound = Math.max(MAX_TILES, this.requested.length);
    for (const old of this.tiles.keys()) {
      if (this.tiles.size <= bound) return;
      this.tiles.delete(old);
    }
  }
}

function pathOf(layer: SkyLayer, plane: SkyPlane, { level, x, y }: TilePlace): string {
  return `/api/v1/sky/${encodeURIComponent(layer.id)}/${level}/${x}/${y}?PLANE=${plane}&VERSION=${layer.version}`;
}

async function fetchValues(path: string, signal: AbortSignal): Promise<Float32Array | null> {
  const response = await fetchRaw(path, signal);
  const bytes = await response.arrayBuffer();
  if (response.status === 204) return null;
  if (bytes.byteLength !== 4 * TILE_SIDE ** 2) throw new Error("a tile of the sky came incomplete");
  return new Float32Array(bytes);
}

/** The value of a map pixel at a level, if its tile is there: NaN where it is not observed. */
export function valueAt(store: TileStore, layer: SkyLayer, plane: SkyPlane, level: number, x: number, y: number): number | null {
  const factor = layer.levels[level]?.factor ?? 1;
  const [column, row] = [Math.floor(x / factor), Math.floor(y / factor)];
  if (x < 0 || y < 0 || x >= layer.width || y >= layer.height) return NaN;
  const place = { level, x: Math.floor(column / TILE_SIDE), y: Math.floor(row / TILE_SIDE) };
  const tile = store.get(tileKey(layer, plane, place));
  if (!tile) return null;
  return tile.values?.[(row % TILE_SIDE) * TILE_SIDE + (column % TILE_SIDE)] ?? NaN;
}
