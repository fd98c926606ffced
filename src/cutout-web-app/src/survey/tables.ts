/** What is chosen on the sky, as the table of targets of a request. */
import { csvCell } from "../targets/split";
import type { SkyBox } from "./box";
import type { SkyPlace } from "./grid";

const DEGREES = 6;
/** Digits of a size [arcmin]: well below a pixel. */
const ARCMIN = 2;

/** Places, with a column of names where any has one. */
export function placesTable(places: readonly (SkyPlace & { name?: string })[]): string {
  const isNamed = places.some(({ name }) => name);
  const lines = places.map(({ ra, dec, name }) => `${isNamed ? `${csvCell(name ?? "")},` : ""}${ra.toFixed(DEGREES)},${dec.toFixed(DEGREES)}\n`);
  return `${isNamed ? "OBJID," : ""}RA,DEC\n${lines.join("")}`;
}

/** One target with the size of a box. */
export function boxTable({ ra, dec, across, up }: SkyBox): string {
  return `RA,DEC,XSIZE,YSIZE\n${ra.toFixed(DEGREES)},${dec.toFixed(DEGREES)},${across.toFixed(ARCMIN)},${up.toFixed(ARCMIN)}\n`;
}
