/** Positions in the names of objects: `J000059.8-574823`, `SPT-CL J0000-5748`; digits are cut off in them. */
import { plainDashes } from "../sky/notation";

export interface Designation {
  /** Texts that are read as coordinates. */
  ra: string;
  dec: string;
  /** What of the position the name tells, for reading. */
  precision: string;
}

const J_NAME =
  /J(?<h>[01][0-9]|2[0-3])(?<m>[0-5][0-9])(?<s>[0-5][0-9])?(?<f>\.[0-9]{1,4})?(?<d>[+-][0-8][0-9])(?<am>[0-5][0-9])(?<as>[0-5][0-9])?(?<g>\.[0-9]{1,4})?(?:[A-Za-z]{0,2}|_[0-9]{1,6})(?![0-9A-Za-z.+-])/g;
/** Names of 2MASS, `J00005998-5748238`: the only ones of so many digits. */
const WITHOUT_POINTS = /J([0-9]{6})([0-9]{2})([+-][0-9]{6})([0-9])(?![0-9A-Za-z.+-])/g;
const FINER = ["1", "0.1", "0.01", "0.001", "0.0001"];
const FIFTEEN = ["15", "1.5", "0.15", "0.015", "0.0015"];

/** Finds the one position that a name tells; null when it tells none, or several. */
export function designationIn(name: string): Designation | null {
  if (!name.includes("J")) return null;
  const plain = plainDashes(name).replace(WITHOUT_POINTS, "J$1.$2$3.$4");
  const [found, another] = plain.matchAll(J_NAME);
  if (found?.groups === undefined || another !== undefined) return null;
  const part = found.groups;
  return {
    ra: said(`${part.h ?? ""}h`, part.m, part.s, part.f),
    dec: said(`${part.d ?? ""}d`, part.am, part.as, part.g),
    precision: precision(part),
  };
}

function said(first: string, minutes = "", seconds = "", fraction = ""): string {
  return seconds ? `${first}${minutes}m${seconds}${fraction}s` : `${first}${minutes}${fraction}m`;
}

function precision(part: Record<string, string | undefined>): string {
  const places = (fraction: string | undefined): number => (fraction ? fraction.length - 1 : 0);
  const [ra, dec] = [places(part.f), places(part.g)];
  const [unit, arc] = part.s ? ["s", "\u2033"] : ["min", "\u2032"];
  const arcDec = part.as ? "\u2033" : "\u2032";
  return (
    `the position is the one in the name, known to ${FINER[ra] ?? ""} ${unit} in RA ` +
    `(${FIFTEEN[ra] ?? ""}${arc} \u00d7 cos Dec) and ${FINER[dec] ?? ""}${arcDec} in Dec`
  );
}
