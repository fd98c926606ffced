import { colourOf, type Look } from "./colours";
import type { PalettePicture } from "./png";
import { shownPart, UNOBSERVED, type Range } from "./scale";

/** Colours a stored picture anew; unobserved pixels stay transparent. */
export function paint(canvas: HTMLCanvasElement, picture: PalettePicture, range: Range, sigma: number, look: Look): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  const palette = paletteOf(range, sigma, look);
  const image = context.createImageData(picture.width, picture.height);
  const words = new Uint32Array(image.data.buffer);
  for (let at = 0; at < picture.entries.length; at += 1) words[at] = palette[picture.entries[at] ?? UNOBSERVED] ?? 0;
  context.putImageData(image, 0, 0);
}

/** The colour of each entry as one little-endian word. */
function paletteOf(range: Range, sigma: number, look: Look): Uint32Array {
  const palette = new Uint32Array(256);
  for (let entry = 0; entry < UNOBSERVED; entry += 1) {
    const [red, green, blue] = colourOf(look, shownPart(entry, range, sigma, look.sigma));
    palette[entry] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return palette;
}

/** Paints the bar that explains the colours, from the lowest value to the highest. */
export function paintBar(canvas: HTMLCanvasElement, look: Look): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = 256;
  canvas.height = 1;
  for (let x = 0; x < 256; x += 1) {
    const [red, green, blue] = colourOf(look, (x - 127.5) / 127.5);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(x, 0, 1, 1);
  }
}
