/** Values as colours. */
import { colourOf, DEFAULT_LOOK, type ColourMap, type Stretch } from "../preview/colours";
import { TILE_SIDE } from "./view";
import type { Tile } from "./tiles";

/** Between which values, and in which colours. */
export interface SkyLook {
  low: number;
  high: number;
  stretch: Stretch;
  colours: ColourMap;
}

const ENTRIES = 1024;

/** Colours from the lowest value to the highest, each as one little-endian word. */
export class Palette {
  private readonly words = new Uint32Array(ENTRIES);
  private readonly factor: number;
  private readonly low: number;

  constructor(look: SkyLook) {
    this.low = look.low;
    this.factor = (ENTRIES - 1) / (look.high - look.low || 1);
    const shown = { ...DEFAULT_LOOK, map: look.colours, stretch: look.stretch };
    for (let at = 0; at < ENTRIES; at += 1) {
      const [red, green, blue] = colourOf(shown, (2 * at) / (ENTRIES - 1) - 1);
      this.words[at] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
  }

  /** The colour of a value; nothing of an unobserved one. */
  word(value: number): number {
    if (Number.isNaN(value)) return 0;
    const at = Math.round((value - this.low) * this.factor);
    return this.words[at < 0 ? 0 : at >= ENTRIES ? ENTRIES - 1 : at] ?? 0;
  }
}

/** The picture of a tile in a look, painted once; its rows are the other way up, as screens have them. */
export function pictureOf(tile: Tile, palette: Palette): HTMLCanvasElement | null {
  if (!tile.values) return null;
  if (tile.picture && tile.paintedAs === palette) return tile.picture;
  const canvas = tile.picture ?? document.createElement("canvas");
  canvas.width = canvas.height = TILE_SIDE;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(TILE_SIDE, TILE_SIDE);
  const words = new Uint32Array(image.data.buffer);
  for (let row = 0; row < TILE_SIDE; row += 1) {
    const [from, to] = [row * TILE_SIDE, (TILE_SIDE - 1 - row) * TILE_SIDE];
    for (let column = 0; column < TILE_SIDE; column += 1) words[to + column] = palette.word(tile.values[from + column] ?? NaN);
  }
  context.putImageData(image, 0, 0);
  tile.picture = canvas;
  tile.paintedAs = palette;
  return canvas;
}
