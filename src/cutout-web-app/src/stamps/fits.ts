/**
 * FITS images as the service writes its stamps: plain primary and image extensions, big-endian.
 *
 * FITS standard 4.0: sections 3.3 (order of HDUs), 4.1 and 4.2 (cards), 5 (numbers), 7.1 (image extensions).
 */

export type CardValue = string | number | boolean;

export interface Hdu {
  cards: ReadonlyMap<string, CardValue>;
  width: number;
  height: number;
  /** Rows from the lowest, as the file has them. */
  values: Float32Array;
}

const [CARD, BLOCK] = [80, 2880];
const CARD_VALUE = /^= *(?:'((?:[^']|'')*)'|([^/]*))/;

/** Reads all images of a file; an HDU without pixels has no values. */
export function readImages(file: ArrayBuffer): Hdu[] {
  const bytes = new Uint8Array(file);
  const hdus: Hdu[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { cards, end } = readHeader(bytes, at);
    const number = (name: string, otherwise: number): number => Number(cards.get(name) ?? otherwise);
    const axes = number("NAXIS", 0);
    const [width, height] = axes === 2 ? [number("NAXIS1", 0), number("NAXIS2", 0)] : [0, 0];
    if (axes !== 0 && axes !== 2) throw new Error("this FITS file has something other than images");
    const size = (Math.abs(number("BITPIX", 8)) / 8) * width * height;
    if (end + size > bytes.length) throw new Error("the FITS file came incomplete");
    hdus.push({ cards, width, height, values: pixels(new DataView(file, end, size), number("BITPIX", 8), width * height) });
    at = end + Math.ceil(size / BLOCK) * BLOCK;
  }
  return hdus;
}

function readHeader(bytes: Uint8Array, start: number): { cards: Map<string, CardValue>; end: number } {
  const cards = new Map<string, CardValue>();
  for (let at = start; at + CARD <= bytes.length; at += CARD) {
    const card = String.fromCharCode(...bytes.subarray(at, at + CARD));
    const keyword = card.slice(0, 8).trimEnd();
    if (keyword === "END") return { cards, end: start + Math.ceil((at + CARD - start) / BLOCK) * BLOCK };
    const found = CARD_VALUE.exec(card.slice(8));
    if (found) cards.set(keyword, cardValue(found[1], found[2]));
  }
  throw new Error("this is not a FITS file");
}

function cardValue(text: string | undefined, other = ""): CardValue {
  if (text !== undefined) return text.replaceAll("''", "'").trimEnd();
  const plain = other.trim();
  return plain === "T" || plain === "F" ? plain === "T" : Number(plain);
}

function pixels(data: DataView, bitpix: number, count: number): Float32Array {
  const values = new Float32Array(count);
  if (bitpix === -32) for (let at = 0; at < count; at += 1) values[at] = data.getFloat32(4 * at);
  else if (bitpix === -64) for (let at = 0; at < count; at += 1) values[at] = data.getFloat64(8 * at);
  else if (count) throw new Error(`pixels of BITPIX ${bitpix} are not read here`);
  return values;
}
