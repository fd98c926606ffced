/** Values as colours. */
import { colourOf, inkOn, type ColourMap, type Scheme, type Stretch } from "../preview/colours";
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
  /** Of signs over what is painted. */
  readonly ink: Scheme;

  constructor(look: SkyLook) {
    this.low = look.low;
    this.ink = inkOn(look.colours);
    this.factor = (ENTRIES - 1) / (look.high - look.low || 1);
    const shown = { map: look.colours, stretch: look.stretch };
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

/** How tiles are painted: by one palette, or by three grey ones that make red, green and blue of three layers. */
export type Palettes = readonly Palette[];

/** One colour of three lightnesses; nothing where one of them has not observed the pixel. */
export function combinedWord(red: number, green: number, blue: number): number {
  if (!red || !green || !blue) return 0;
  return ((255 << 24) | ((blue & 255) << 16) | ((green & 255) << 8) | (red & 255)) >>> 0;
}

/**
 * The picture of a place by its tiles of all layers, painted once and kept with the first of them.
 * Nothing where one of the layers has observed nothing.
 */
export function pictureOf(tiles: readonly Tile[], palettes: Palettes): HTMLCanvasElement | null {
  const [first] = tiles;
  if (!first || tiles.some(({ values }) => !values)) return null;
  if (first.picture && first.paintedAs === palettes) return first.picture;
  const canvas = first.picture ?? document.createElement("canvas");
  canvas.width = canvas.height = TILE_SIDE;
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(TILE_SIDE, TILE_SIDE);
  const shown = new Uint32Array(image.data.buffer);
  const [one, ...others] = tiles.map(({ values }, at) => wordsOf(values, palettes[at]));
  const [green, blue] = others;
  if (one && green && blue) for (let at = 0; at < shown.length; at += 1) shown[at] = combinedWord(one[at] ?? 0, green[at] ?? 0, blue[at] ?? 0);
  else if (one) shown.set(one);
  context.putImageData(image, 0, 0);
  first.picture = canvas;
  first.paintedAs = palettes;
  return canvas;
}

/** The colours of a tile; its rows are the other way up, as screens have them. */
function wordsOf(values: Float32Array | null, palette: Palette | undefined): Uint32Array {
  const words = new Uint32Array(TILE_SIDE ** 2);
  if (!values || !palette) return words;
  for (let row = 0; row < TILE_SIDE; row += 1) {
    const [from, to] = [row * TILE_SIDE, (TILE_SIDE - 1 - row) * TILE_SIDE];
    for (let column = 0; column < TILE_SIDE; column += 1) words[to + column] = palette.word(values[from + column] ?? NaN);
  }
  return words;
}
