import { parseDec, parseRa } from "../sky/coordinates";
import { attempt, Refusal } from "../sky/refusal";
import type { Cells } from "./columns";

const TEXT = /^[A-Za-z]/;

/**
 * Tells what the cells of a row without a heading are.
 *
 * Taken are a position, and a position with a name before or behind it; each
 * coordinate is one cell, or three for sexagesimal numbers divided by blanks.
 */
export function freeCells(cells: string[]): Cells {
  const [first = "", second = "", third = ""] = cells;
  if (cells.length === 2) return { RA: first, DEC: second };
  if (cells.length === 3) {
    if (isName(first)) return { OBJID: first, RA: second, DEC: third };
    if (isName(third)) return { RA: first, DEC: second, OBJID: third };
    throw new Refusal("has three numbers; say what they are in a first line, such as OBJID,RA,DEC or RA,DEC,XSIZE");
  }
  if (cells.length === 6) return { RA: cells.slice(0, 3).join(" "), DEC: cells.slice(3).join(" ") };
  if (cells.length === 7 && isName(first)) {
    return { OBJID: first, RA: cells.slice(1, 4).join(" "), DEC: cells.slice(4).join(" ") };
  }
  if (cells.length === 1) {
    throw new Refusal("is one value; a row is a right ascension and a declination, such as 20.0 -50.0 or 01:20:00 -50:00:00");
  }
  throw new Refusal(`has ${cells.length} values; say what they are in a first line, such as OBJID,RA,DEC`);
}

/** A name cannot be read as a coordinate: `00h42m44s` is none, `A1` and `3C273` are. */
function isName(text: string): boolean {
  if (TEXT.test(text)) return true;
  return "refused" in attempt(() => parseRa(text)) && "refused" in attempt(() => parseDec(text)) && /[A-Za-z]/.test(text);
}
