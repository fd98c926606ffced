/**
 * Right ascension and declination from text, and back, by the rules of the service:
 * decimal degrees, and sexagesimal triples whose meaning is certain. What could be
 * read in two ways is refused. `tests/data/coordinates.json` holds cases for both.
 */
import { plainNotation } from "./notation";
import { parseNumber } from "./numbers";
import { Refusal } from "./refusal";

const TRIPLE =
  /^(?<sign>[+-]?)\s*(?<first>[0-9]{1,3})\s*(?<unit>[:hHdD°]|\s)\s*(?<minutes>[0-9]{1,2})\s*(?<minute>[:mM'\u2032]|\s)\s*(?<seconds>[0-9]{1,2}(?:\.[0-9]{0,20})?)\s*(?<second>[sS"\u2033]?)$/;
const PLAIN = /^[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?$/;
const WITH_UNIT =
  /^(?:(?<sign>[+-]?)(?<first>[0-9]{1,3}) ?(?<unit>[hHdD\u00b0]) ?(?<minutes>[0-9]{1,2}(?:\.[0-9]{0,20})?) ?(?<minute>[mM'])|(?<alone>[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?) ?(?<of>[hHdD\u00b0]))$/;
const PAIR = /^[0-9]{1,3}\s*[:hd°\s]\s*[0-9]{1,2}(\.[0-9]*)?\s*[m'\u2032]?$/i;

const RA_FORMS = "degrees (10.68), hh:mm:ss.s or 00h42m44.3s";
const DEC_FORMS = "degrees (-57.8), ±dd:mm:ss.s or -57d48m24s";

interface Triple {
  sign: string;
  first: string;
  unit: string;
  minutes: string;
  minute: string;
  seconds: string;
  second: string;
}

/** Reads a right ascension [deg], 0 <= ra < 360; exactly 360 is the meridian of 0, and below 0 it is counted the other way. */
export function parseRa(text: string): number {
  const plain = PLAIN.test(text) ? text : plainNotation(text);
  const said = read(plain, raTriple, RA_FORMS);
  const degrees = said < 0 && said >= -180 ? said + 360 : said;
  if (!(degrees >= 0 && degrees <= 360)) throw new Refusal("must be from 0 to 360 degrees");
  return degrees < 360 ? degrees + 0 : 0;
}

/** Reads a declination [deg], -90 <= dec <= 90. */
export function parseDec(text: string): number {
  const plain = PLAIN.test(text) ? text : plainNotation(text);
  const degrees = read(plain, decTriple, DEC_FORMS, checkDegrees);
  if (!(degrees >= -90 && degrees <= 90)) throw new Refusal("must be from -90 to 90 degrees");
  return degrees + 0;
}

/** Writes a right ascension [deg] as `hh:mm:ss.s`. */
export function formatRa(ra: number, decimals = 2): string {
  return sexagesimal(ra / 15, 24, decimals);
}

/** Writes a declination [deg] as `±dd:mm:ss.s`. */
export function formatDec(dec: number, decimals = 1): string {
  return (dec < 0 ? "\u2212" : "+") + sexagesimal(Math.abs(dec), null, decimals);
}

/** Writes degrees for reading: up to six decimals, a typeset minus. */
export function formatDegrees(degrees: number): string {
  return String(Number(degrees.toFixed(6))).replace("-", "\u2212");
}

function read(plain: string, fromTriple: (triple: Triple) => number, forms: string, checkUnit: (unit: string) => void = () => undefined): number {
  if (PLAIN.test(plain)) return Number(plain);
  const triple = TRIPLE.exec(plain)?.groups;
  if (triple) return fromTriple(triple as unknown as Triple);
  const said = WITH_UNIT.exec(plain)?.groups;
  if (!said) return decimal(plain, forms);
  checkUnit(said.unit ?? said.of ?? "");
  return withUnit(said, forms);
}

/** One number or two, whose letters say what they are. */
function withUnit(said: Record<string, string | undefined>, forms: string): number {
  const isHours = /[hH]/.test(said.unit ?? said.of ?? "");
  const factor = isHours ? 15 : 1;
  if (said.alone !== undefined) return Number(said.alone) * factor;
  const minutes = Number(said.minutes);
  if (minutes >= 60) throw new Refusal("minutes and seconds must be below 60");
  if (isHours && !/[mM]/.test(said.minute ?? "")) throw new Refusal(`mixes separators; write ${forms}`);
  return (said.sign === "-" ? -1 : 1) * (Number(said.first) + minutes / 60) * factor;
}

function checkDegrees(unit: string): void {
  if (/[hH]/.test(unit)) throw new Refusal(`a declination is not given in hours; write ${DEC_FORMS}`);
}

function raTriple(triple: Triple): number {
  checkMarks(triple, RA_FORMS);
  const factor = /[dD°]/.test(triple.unit) ? 1 : 15;
  return signed(triple, magnitude(triple) * factor);
}

function decTriple(triple: Triple): number {
  checkDegrees(triple.unit);
  checkMarks(triple, DEC_FORMS);
  return signed(triple, magnitude(triple));
}

function signed(triple: Triple, value: number): number {
  return triple.sign === "-" ? -value : value;
}

/** Refuses a mixture such as `12:34m56` or `12 34:56`. */
function checkMarks({ unit, minute, second }: Triple, forms: string): void {
  const blank = /\s/.test(minute);
  let consistent: boolean;
  if (/[hH]/.test(unit)) consistent = /[mM]/.test(minute) && /^[sS]?$/.test(second);
  else if (/[dD°]/.test(unit)) consistent = minute !== ":" && !blank;
  else consistent = !second && (unit === ":" ? minute === ":" : blank);
  if (!consistent) throw new Refusal(`mixes separators; write ${forms}`);
}

function magnitude(triple: Triple): number {
  const minutes = Number(triple.minutes);
  const seconds = Number(triple.seconds);
  if (minutes >= 60 || seconds >= 60) throw new Refusal("minutes and seconds must be below 60");
  return Number(triple.first) + minutes / 60 + seconds / 3600;
}

function decimal(plain: string, forms: string): number {
  const digits = plain.replace(/^[+-]+/, "");
  if (/^[0-9]{4}/.test(digits)) throw new Refusal(`could be degrees or compact sexagesimal digits; write ${forms}`);
  if (PAIR.test(digits)) throw new Refusal(`has two numbers, which can be read in two ways; write ${forms}`);
  if (!plain) throw new Refusal(`is missing; write ${forms}`);
  try {
    return parseNumber(plain);
  } catch {
    throw new Refusal(`cannot be read; write ${forms}`);
  }
}

/** A value that would round up to the full turn stays one digit below it. */
function sexagesimal(value: number, turn: number | null, decimals: number): string {
  const scale = 10 ** decimals;
  let ticks = Math.round(value * 3600 * scale);
  if (turn !== null) ticks = Math.min(ticks, turn * 3600 * scale - 1);
  const seconds = Math.floor(ticks / scale);
  const pad = (part: number): string => String(part).padStart(2, "0");
  const point = decimals ? `.${String(ticks % scale).padStart(decimals, "0")}` : "";
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}${point}`;
}
