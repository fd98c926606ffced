/** Palette pictures as they are stored: the entries themselves, not the colours that a browser makes of them. */

export interface PalettePicture {
  width: number;
  height: number;
  /** An entry of the palette for each pixel, rows from the top. */
  entries: Uint8Array;
  /** The tEXt chunks. */
  texts: Record<string, string>;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Reads an 8-bit palette PNG without interlacing, as the service writes previews. */
export async function readPalettePng(bytes: Uint8Array<ArrayBuffer>): Promise<PalettePicture> {
  if (SIGNATURE.some((byte, at) => bytes[at] !== byte)) throw new Error("the preview is not a PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed: Uint8Array<ArrayBuffer>[] = [];
  const texts: Record<string, string> = {};
  let [width, height] = [0, 0];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = latin(bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
      if (data[8] !== 8 || data[9] !== 3 || data[12] !== 0) throw new Error("the preview is not an 8-bit palette picture");
    } else if (type === "IDAT") packed.push(data);
    else if (type === "tEXt") readText(data, texts);
    at += length + 12;
  }
  const filtered = await inflate(packed);
  return { width, height, entries: unfilter(filtered, width, height), texts };
}

function readText(data: Uint8Array, texts: Record<string, string>): void {
  const [name = "", value = ""] = latin(data).split("\0", 2);
  texts[name] = value;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

async function inflate(parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Undoes the filters of the lines (PNG specification, third edition, section 9.2); a pixel is one byte. */
function unfilter(filtered: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const type = filtered[y * (width + 1)] ?? 0;
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const left = x ? (out[at - 1] ?? 0) : 0;
      const above = y ? (out[at - width] ?? 0) : 0;
      const corner = x && y ? (out[at - width - 1] ?? 0) : 0;
      out[at] = (filtered[y * (width + 1) + 1 + x] ?? 0) + predicted(type, left, above, corner);
    }
  }
  return out;
}

function predicted(type: number, left: number, above: number, corner: number): number {
  if (type === 1) return left;
  if (type === 2) return above;
  if (type === 3) return (left + above) >> 1;
  if (type !== 4) return 0;
  const estimate = left + above - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}
