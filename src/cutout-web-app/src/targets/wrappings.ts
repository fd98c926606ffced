/** Positions that say what they are: `RA=… Dec=…`, `SkyCoord(…)`. */
import { Refusal } from "../sky/refusal";

/** Texts of a name, which may be empty, and of a position that is still to be read. */
export interface LineCells {
  objid: string;
  ra: string;
  dec: string;
}

const KEY =
  /(?<![\p{L}\p{N}_.])(?:(?<ra>r\.? ?a\.?|right ascension|\u03b1|alpha)|(?<dec>decl?(?:ination)?\.?|\u03b4|delta))(?:[_ ]?\(?(?:j?2000(?:\.0)?|icrs|deg)\)?(?![.0-9]))*(?: ?[:=] ?| |(?<=[\u03b1\u03b4\u0391\u0394.)])|(?![.0-9]))(?=[-+\u2212\u2013.0-9'"([$])/giu;
const SEVERAL = /\) ?,? ?\(.*>/;
const REPR =
  /^<SkyCoord ?\((\w+)(?!\w)[^()]*(?:\([^()]*\)[^()]*)?\) ?: ?\((\w+), ?(\w+)(?!\w)[^()]*\) in ([a-z]+)(?![a-z])[^[(]*[[(]+([^[\]()>]*)[\])>, ]*$/;
const UNIT = / ?\* ?(?:\w+\.)*(deg(?:ree)?|hour(?:angle)?)\b/;
const KEYWORD = /^(\w+) ?= ?(.*)$/;
const FRAMES = ["icrs", "fk5"];
const OTHER_FRAME = "is in another frame; positions are read as ICRS (FK5 at J2000), convert it first";

const COMPASS = ["N", "S", "E", "W"];

/** The name that stands behind a position, without the mark of a comment; a direction may mean the sign of the position. */
export function nameBehind(name: string): string {
  if (COMPASS.includes(stripped(name, " ."))) {
    throw new Refusal(`ends with ${name.trim()}: is that a direction? write a declination in the south with a minus, such as 20.0 -50.0, and a name before the position`);
  }
  return saysHowItIsWritten(name) ? "" : name.replace(/^(?:#|%|!|\/\/|--)\s+/, "");
}

const DEGREES = new Set(["deg", "degs", "degree", "degrees", "\u00b0", "decimal"]);
const UNITS = new Set([
  ...DEGREES, "rad", "rads", "radian", "radians", "hr", "hrs", "hour", "hours", "hourangle", "ha", "arcmin", "arcmins", "arcsec", "arcsecs", "mas",
  "hms", "dms", "sexagesimal",
]);
const OTHER_FRAMES = new Set([
  "l", "b", "lii", "bii", "gal", "galactic", "glon", "glat", "ecl", "ecliptic", "elon", "elat", "supergalactic", "sgl", "sgb", "fk4", "altaz",
  "apparent", "cirs", "itrs",
]);
const EQUINOX = /^(?:(?:equinox|epoch|eq) ?)?[bj]?((?:18|19|20)[0-9]{2}(?:\.[0-9]+)?)$/;

/** Whether a text is a unit or an equinox, and not a name; those that are not read are refused. */
function saysHowItIsWritten(name: string): boolean {
  const words = name.toLowerCase().split(/[\s,;/:=()[\]{}]+/).filter(Boolean);
  if (words.length && words.every((word) => UNITS.has(word))) {
    if (!words.every((word) => DEGREES.has(word))) throw new Refusal(`is in other units (${name.trim()}); write degrees, or 23h44m43.9s`);
    return true;
  }
  const year = EQUINOX.exec(words.join(" "))?.[1];
  // The frame behind such a word was read already.
  const isLeft = words.length === 1 && ["equinox", "epoch", "frame"].includes(words[0] ?? "");
  if (isLeft || (year !== undefined && Number(year) === 2000)) return true;
  // One letter alone may be a name.
  const isFrame = words.join("").length > 1 && words.every((word) => OTHER_FRAMES.has(word));
  if (year !== undefined || isFrame) refuseFrame(name.trim());
  return false;
}

export function refuseFrame(word: string): never {
  throw new Refusal(word ? `${OTHER_FRAME}: ${word}` : OTHER_FRAME);
}

/** Takes characters away from both ends. */
export function stripped(text: string, characters: string): string {
  let [from, to] = [0, text.length];
  while (from < to && characters.includes(text.charAt(from))) from += 1;
  while (to > from && characters.includes(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

const FRAME_BEHIND = /[ ,;]+\(?(?:J2000(?:\.0)?|ICRS|FK5)$/i;
const ENDS = " ,;:|&=([{)]}";

/** Reads `RA=10.5 Dec=-57.8` in any order, with a name before it; null where it is not so. */
export function keyed(line: string): LineCells | null {
  const [first, second, third] = line.matchAll(KEY);
  if (!first || !second || third || Boolean(first.groups?.ra) === Boolean(second.groups?.ra)) return null;
  const values = [line.slice(first.index + first[0].length, second.index), line.slice(second.index + second[0].length)].map((each) => stripped(each, ENDS).replace(FRAME_BEHIND, ""));
  const [ra = "", dec = ""] = first.groups?.ra ? values : values.reverse();
  return { objid: labelBefore(line.slice(0, first.index)), ra, dec };
}

/** What stands before a position, without the marks that lead to it. */
function labelBefore(text: string): string {
  const label = text.trim().replace(/[ ,;:|&=([{"']+$/, "").replace(/^[ ,;:|&="']+/, "");
  return /[)\]}]/.test(label) ? label : label.replace(/^[([{]+/, "");
}

/** Reads what astropy's `SkyCoord` is made with, or shows; null where it is not so. */
export function skyCoord(line: string): LineCells | null {
  const begin = line.indexOf("SkyCoord");
  if (begin < 0) return null;
  const shown = REPR.exec(line);
  if (shown) {
    const [, frame = "", first, second, unit = "", numbers = ""] = shown;
    if (!FRAMES.includes(frame.toLowerCase()) || first !== "ra" || second !== "dec") refuseFrame(frame);
    const [ra = "", dec = ""] = numbers.split(",").map((cell) => cell.trim());
    return { objid: "", ra: inHours(ra, unit), dec };
  }
  if (line.startsWith("<") && SEVERAL.test(line)) throw new Refusal("shows several positions; write each on a line of its own");
  const objid = stripped(line.slice(0, begin).replace(/(?:[A-Za-z_]\w*\.)+$/, ""), `${ENDS}"'<`);
  const call = line.slice(begin + "SkyCoord".length).trim();
  if (!call.startsWith("(") || !call.endsWith(")")) throw new Refusal("is not the whole of a SkyCoord; paste it from SkyCoord to its last bracket");
  return called(objid, argumentsOf(call.slice(1, -1)));
}

function called(objid: string, given: string[]): LineCells {
  const named = new Map<string, string>();
  const placed: string[] = [];
  for (const each of given) {
    const match = KEYWORD.exec(each);
    if (match) named.set(match[1] ?? "", match[2] ?? "");
    else placed.push(each);
  }
  checkFrame(named);
  const [first = "", second = "", third = ""] = placed;
  const unit = named.get("unit") ?? third;
  const ra = named.get("ra") ?? first;
  if (!named.has("dec") && placed.length < 2) return inOneText(objid, ra, unit);
  const behind = named.has("ra") ? (placed.at(-1) ?? "") : second;
  return { objid, ra: inHours(value(ra), unit), dec: value(named.get("dec") ?? behind) };
}

function checkFrame(named: ReadonlyMap<string, string>): void {
  const frame = bare(named.get("frame") ?? "icrs").toLowerCase().split(".").at(-1) ?? "";
  if (!FRAMES.includes(frame)) refuseFrame(frame);
  if (named.has("l") || named.has("b")) refuseFrame("l, b");
}

function inOneText(objid: string, text: string, unit: string): LineCells {
  const parts = bare(text).split(/\s+/);
  const half = Math.floor(parts.length / 2);
  return { objid, ra: inHours(parts.slice(0, half).join(" "), unit), dec: parts.slice(half).join(" ") };
}

/** A number with its unit as a mark: `10.5*u.deg`, `'10h20m30s'`. */
function value(text: string): string {
  const unit = UNIT.exec(text);
  return unit ? bare(text.slice(0, unit.index)) + (unit[1]?.startsWith("h") ? "h" : "") : bare(text);
}

function inHours(text: string, unit: string): string {
  return /^[+-]?[0-9]{1,3}(?:\.[0-9]*)?$/.test(text) && /^[([ '"u.]*hour/.test(unit) ? `${text}h` : text;
}

function bare(text: string): string {
  return stripped(text, " '\"[]()");
}

/** Divides at the commas that are in no bracket and no quotes. */
function argumentsOf(text: string): string[] {
  const parts = [""];
  let [depth, quote] = [0, ""];
  for (const character of text) {
    if (quote) quote = character === quote ? "" : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === "(" || character === "[") depth += 1;
    else if (character === ")" || character === "]") depth -= 1;
    else if (character === "," && depth === 0) {
      parts.push("");
      continue;
    }
    parts.push((parts.pop() ?? "") + character);
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}
