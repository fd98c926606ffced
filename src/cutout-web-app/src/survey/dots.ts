/**
 * Many marks at once, as squares on whole pixels, which are written one by one: ten thousand of them take a few
 * milliseconds, where a canvas without a graphics card takes fifty to fill as many rectangles.
 */
import type { ScreenPoint } from "./pointers";

export interface Dots {
  points: readonly ScreenPoint[];
  /** As #rrggbb. */
  colour: string;
}

interface Sheet {
  context: CanvasRenderingContext2D;
  image: ImageData;
  /** Its pixels, each as one little-endian word. */
  words: Uint32Array;
}

const SIDE = 3;
const EDGE = 1;
/** Black of three quarters. */
const SHADE_WORD = 0xbf000000;

let kept: Sheet | null = null;

export function drawDots(context: CanvasRenderingContext2D, groups: readonly Dots[]): void {
  const { width, height } = context.canvas;
  const sheet = sheetOf(width, height);
  if (!sheet) return;
  // Pixels of the canvas for each of the page.
  const ratio = context.getTransform().a;
  paintDots(sheet.words, { width, height }, groups, ratio);
  sheet.context.putImageData(sheet.image, 0, 0);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(sheet.context.canvas, 0, 0);
  context.restore();
}

/** Writes the squares into pixels, the edges of all below the colours of any. */
export function paintDots(words: Uint32Array, size: { width: number; height: number }, groups: readonly Dots[], ratio: number): void {
  words.fill(0);
  for (const { points } of groups) for (const point of points) square(words, size, point, SIDE + 2 * EDGE, ratio, SHADE_WORD);
  for (const { points, colour } of groups) {
    const word = wordOf(colour);
    for (const point of points) square(words, size, point, SIDE, ratio, word);
  }
}

function square(words: Uint32Array, { width, height }: { width: number; height: number }, [x, y]: ScreenPoint, side: number, ratio: number, word: number): void {
  const pixels = Math.round(side * ratio);
  const [left, top] = [Math.round(x * ratio) - (pixels >> 1), Math.round(y * ratio) - (pixels >> 1)];
  const [from, to] = [Math.max(0, left), Math.min(width, left + pixels)];
  const end = Math.min(height, top + pixels);
  for (let row = Math.max(0, top); row < end; row += 1) for (let at = row * width + from; at < row * width + to; at += 1) words[at] = word;
}

function wordOf(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return ((255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}

/** The sheet that the dots are written on, kept as long as the canvas has its size. */
function sheetOf(width: number, height: number): Sheet | null {
  if (kept?.image.width === width && kept.image.height === height) return kept;
  if (!width || !height) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (!context) return null;
  const image = context.createImageData(width, height);
  kept = { context, image, words: new Uint32Array(image.data.buffer) };
  return kept;
}
