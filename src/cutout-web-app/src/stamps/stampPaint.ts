/** Draws stamps: values as colours, the highest row on top. */
import type { Palette } from "../survey/paint";
import type { Stamp } from "./stamps";

/** Unobserved pixels stay transparent: the sheet below is hatched. */
export function paintStamp(canvas: HTMLCanvasElement, { width, height, values }: Stamp, palette: Palette): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  [canvas.width, canvas.height] = [width, height];
  const image = context.createImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let row = 0; row < height; row += 1) {
    const [from, to] = [row * width, (height - 1 - row) * width];
    for (let column = 0; column < width; column += 1) words[to + column] = palette.word(values[from + column] ?? NaN);
  }
  context.putImageData(image, 0, 0);
}
