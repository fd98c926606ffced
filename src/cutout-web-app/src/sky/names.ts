import { Refusal } from "./refusal";

const MAX_LABEL = 100;
const UNSEEN = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Checks the name of a target, which is kept as it is: its files are called by what is safe of it. */
export function parseObjid(text: string): string {
  const name = text.trim();
  const { length } = Array.from(name);
  if (length < 1 || length > MAX_LABEL) throw new Refusal(`must be 1 to ${MAX_LABEL} characters long`);
  const unseen = UNSEEN.exec(name)?.[0].codePointAt(0);
  if (unseen !== undefined) {
    throw new Refusal(`holds the character U+${unseen.toString(16).toUpperCase().padStart(4, "0")}, which cannot be seen; leave it out`);
  }
  if (/^[./\\]/.test(name) && name.split(/[/\\]/).some((part) => /^\.{0,2}$/.test(part))) throw new Refusal("is a path, not a name of an object");
  return name;
}

/** Names a position [deg, ICRS] `spt3gJhhmmss.s±ddmmss.s`; digits are cut off, as the IAU's rules ask. */
export function positionName(ra: number, dec: number): string {
  const ticks = Math.min(Math.floor(ra * 2400 + 1e-6), 863_999);
  const arc = Math.min(Math.floor(Math.abs(dec) * 36_000 + 1e-6), 3_240_000);
  const two = (part: number): string => String(Math.floor(part)).padStart(2, "0");
  const tail = (tenths: number): string => `${two(tenths / 10)}.${tenths % 10}`;
  const hours = `${two(ticks / 36_000)}${two((ticks / 600) % 60)}${tail(ticks % 600)}`;
  const degrees = `${two(arc / 36_000)}${two((arc / 600) % 60)}${tail(arc % 600)}`;
  return `spt3gJ${hours}${dec < 0 ? "-" : "+"}${degrees}`;
}
