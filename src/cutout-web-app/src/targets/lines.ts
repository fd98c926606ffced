/**
 * Lines of text with one target each, as people write and paste them, by the rules of the service.
 *
 * What is a name and what a position is decided from the end where it is certain; a number that could
 * belong to either is refused. `tests/data/target_lines.json` holds cases for both.
 */
import { plainDashes } from "../sky/notation";
import { parseRa } from "../sky/coordinates";
import { attempt, Refusal } from "../sky/refusal";
import { designationIn } from "./designations";
import { endsAsCoordinate, isDec, isNumber, isRa, MORE, readTokens, SAY, startsAsNumber, THREE_NUMBERS } from "./tokens";
import { keyed, nameBehind, refuseFrame, skyCoord, stripped, type LineCells } from "./wrappings";

/** Characters of the longest line with one target. */
const MAX_LINE = 500;

const ADDRESS = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
const REGION = /^(?:[a-z0-9]{2,12} ?; ?)?[-+]?(circle|ellipse|box|polygon|annulus|point|panda|vector|line) ?\(/i;
const LATEX_END = /\\\\(?:\[[^\]]{0,9}\])?(?: ?\\hline)?$|\\(?:hline|tableline)$/;
const LATEX_UNIT = /\{\\(?:rm|mathrm) ?\{?([hmsd])\}?\}/g;
const BULLET = /^(?:[0-9]{1,4}\)|[*\u2022\u00b7\u2023])\s+/;
const BOTH = /^[[(]?ra, ?dec[\])]? ?[:=]?$/i;
const BOTH_KEYS =
  /^[[(]?(?:ra|r\.a\.|right ascension|\u03b1) ?[,/;&] ?(?:decl?\.?|declination|\u03b4)[\])]? ?(?:\(?(?:j2000(?:\.0)?|icrs)\)? ?)?[:=] ?(?=.*[0-9])/i;
const FIRST_IN_BRACKETS = /^[[(]([^[\]()]{3,100})[\])][\s,;:]*(?=\S)(?![[(])(.*)$/;
const QUOTED = /^(?<mark>["'])(?<name>(?:(?!\k<mark>).|\k<mark>{2})+)\k<mark>[\s,;:|&]+/;
const QUOTED_LAST = /[\s,;|&](?<mark>["'])(?<name>[^"']+)\k<mark>$/;
const DECIMAL_COMMA = /^[+-]?[0-9]{1,3},[0-9]+$/;
const DECIMAL_COMMAS = /^[+-]?[0-9]{1,3},[0-9]+\s+[+-]?[0-9]{1,3},[0-9]+$/;
const SAME_FRAME = /^\(?(?:ICRS|FK5|J2000(?:\.0)?)\)?[:,;]?$/i;
const OTHER_FRAME = /^\(?(?:FK4|B1950(?:\.0)?|gal|galactic|glon|glat|ecliptic|elon|elat|supergalactic|[lb]=.*)\)?[:,;=]?$/i;
const BEGINS_WITH_DIGIT = /^[-+.([{<'"$&|]*[0-9]/;
const NO_COLUMNS = /:\/\/|\([^,;]*[,;].*\)/;
/** Most lines: two numbers and nothing else. */
const SIMPLE = /^(?<ra>[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?)(?:[ \t]+|[ \t]*[,;][ \t]*)(?<dec>[+-]?[0-9]{1,2}(?:\.[0-9]{0,40})?)$/;

type Place = Pick<LineCells, "ra" | "dec">;

/** Whether a first line is a target, whatever words it has. */
export function isTarget(line: string): boolean {
  if (line.includes("SkyCoord")) return true;
  const found = attempt(() => readLine(line));
  return "value" in found && isRa(found.value.ra) && isDec(found.value.dec);
}

/** Whether a first line that names no columns is meant to be a target. */
export function isMeantAsTarget(line: string): boolean {
  if (!/[,;\t]/.test(line) && /\p{Nd}/u.test(line)) return true;
  const words = plainDashes(line.slice(0, MAX_LINE + 1)).replace(/[,;]/g, " ").trim().split(/\s+/);
  return words.some((word) => BEGINS_WITH_DIGIT.test(word)) || NO_COLUMNS.test(line);
}

/** Tells the name and the position of a line, or refuses it. */
export function readLine(line: string): LineCells {
  let text = line.trim();
  const simple = SIMPLE.exec(text)?.groups;
  if (simple) return { objid: "", ra: simple.ra ?? "", dec: simple.dec ?? "" };
  if (text.length > MAX_LINE) throw new Refusal(`is longer than a line with one target (${MAX_LINE} characters)`);
  refuseWhatIsNone(text);
  text = text.replace(LATEX_END, "").replace(LATEX_UNIT, "$1").trim().replace(BULLET, "").replace(BOTH_KEYS, "");
  const oneLine = text.replace(/\s+/g, " ");
  const said = skyCoord(oneLine) ?? keyed(oneLine);
  if (said) return said;
  const first = QUOTED.exec(text);
  if (first?.groups) {
    const { mark = "", name = "" } = first.groups;
    return behind(name.replaceAll(mark + mark, mark), text.slice(first[0].length));
  }
  const last = QUOTED_LAST.exec(text);
  const place = last && position(text.slice(0, last.index));
  if (place) return { objid: nameBehind(last.groups?.name ?? ""), ...place };
  return divided(withoutFrames(text));
}

function refuseWhatIsNone(text: string): void {
  if (ADDRESS.test(text)) throw new Refusal("is an address of a page; write a right ascension and a declination");
  const region = REGION.exec(text)?.[1];
  if (region) throw new Refusal(`is a region (${region.toLowerCase()}); write its centre, and its size [arcmin] under a first line RA,DEC,XSIZE,YSIZE`);
}

/** Leaves out a frame that is read anyway, at either end; refuses another one. */
function withoutFrames(text: string): string {
  const words = text.trim().split(/\s+/);
  const [first = "", last = ""] = [words[0], words.at(-1)];
  if (words.length <= 2) return text;
  for (const word of [first, last]) if (OTHER_FRAME.test(word)) refuseFrame(stripped(word, "():,;="));
  let rest = text;
  if (SAME_FRAME.test(last)) rest = rest.slice(0, -last.length).trimEnd();
  return SAME_FRAME.test(first) ? rest.slice(first.length).trimStart() : rest;
}

/** A line that is divided by commas, semicolons, tabs or bars, or by blanks alone. */
function divided(text: string): LineCells {
  const found = inBrackets(text);
  if (found) return found;
  const cells = cellsOf(text);
  const [first = "", second = "", third = ""] = cells;
  if (cells.length <= 1) return readTokens(first);
  if (cells.length === 6 && cells.every(isNumber)) return readTokens(cells.join(" "));
  if (cells.length === 2) return ofTwo(first, second);
  if (cells.length === 3) return ofThree(first, second, third);
  if (cells.length === 7 && !isNumber(first)) return behind(first, cells.slice(1).join(" "));
  throw new Refusal(`has ${cells.length} values; ${SAY}`);
}

/** A position in brackets, with a name before or behind them or without one; null where there is none. */
function inBrackets(text: string): LineCells | null {
  const bracket = bracketed(text);
  const place = bracket && position(bracket[1]);
  if (place) {
    if (position(stripped(bracket[0], "([{<)]}>"))) throw new Refusal("has several positions; write each on a line of its own");
    return { objid: BOTH.test(bracket[0]) ? "" : bracket[0], ...place };
  }
  const [, inside = "", name = ""] = FIRST_IN_BRACKETS.exec(text) ?? [];
  const first = inside && !isNumber(name) ? position(inside) : null;
  return first && { objid: nameBehind(name), ...first };
}

function ofTwo(first: string, second: string): LineCells {
  if (isRa(first) && isDec(second)) return { objid: "", ra: first, dec: second };
  const behindFirst = isRa(first) ? null : position(second);
  if (behindFirst) {
    checkName(first, behindFirst);
    return { objid: first, ...behindFirst };
  }
  const beforeSecond = isDec(second) ? null : position(first);
  if (beforeSecond) return { objid: nameBehind(second), ...beforeSecond };
  if (startsAsNumber(first) && startsAsNumber(second)) return { objid: "", ra: first, dec: second };
  return readTokens(`${first} ${second}`);
}

function ofThree(first: string, second: string, third: string): LineCells {
  if (isName(first)) return { objid: first, ra: second, dec: third };
  if (isName(third)) return { objid: nameBehind(third), ra: first, dec: second };
  throw new Refusal(THREE_NUMBERS);
}

/** Refuses a name whose end belongs to the position: `A1 11.888, -25.288 0.702`. */
function checkName(name: string, { ra, dec }: Place): void {
  const last = name.trim().split(/\s+/).slice(-1);
  const isSigned = /^[+-]/.test(plainDashes(ra));
  if (/^[+-]/.test(plainDashes(dec)) || !(isSigned || parseRa(ra) <= 90)) return;
  const end = last[0] ?? "";
  if (endsAsCoordinate(last) || (isNumber(end) && (isSigned || end.includes(".")))) throw new Refusal(MORE);
}

/** Whether a cell has letters and is no coordinate: not `00h42m44s`, but `3C273`. */
function isName(text: string): boolean {
  return /\p{L}/u.test(text) && !isRa(text) && !isDec(text);
}

/** A name that is set apart, and a position. */
function behind(objid: string, rest: string): LineCells {
  const place = position(rest);
  if (place) return { objid, ...place };
  let cells = cellsOf(rest);
  if (cells.length === 1) cells = rest.trim().split(/\s+/);
  const [ra, dec, more] = cells;
  if (ra === undefined || dec === undefined || more !== undefined) {
    throw new Refusal("has no position behind the name; write a right ascension and a declination");
  }
  return { objid, ra, dec };
}

/** Right ascension and declination where a text is both and nothing else. */
function position(given: string): Place | null {
  let text = withoutFrames(given.trim());
  const bracket = bracketed(text);
  if (bracket && !bracket[0]) text = bracket[1];
  const cells = cellsOf(text);
  const [first = "", second = ""] = cells;
  if (cells.length === 2) return isRa(first) && isDec(second) ? { ra: first, dec: second } : null;
  if (cells.length !== 1 || designationIn(first)) return null;
  const found = attempt(() => readTokens(first));
  if ("refused" in found || found.value.objid) return null;
  const { ra, dec } = found.value;
  return isRa(ra) && isDec(dec) ? { ra, dec } : null;
}

/** What stands before brackets at the end of a text, and in them. */
function bracketed(text: string): [string, string] | null {
  const whole = text.replace(/[ ,;]+$/, "");
  const inner = whole.replace(/[)\]}> ,;]+$/, "");
  if (inner === whole) return null;
  const begin = Math.max(...["(", "[", "{", "<"].map((each) => inner.lastIndexOf(each)));
  if (begin < 0) return null;
  return [inner.slice(0, begin).replace(/[([{< ,;:=|&\t]+$/, ""), inner.slice(begin + 1).trim()];
}

/** Divides at the separators, blanks aside; a comma between digits may be a decimal one. */
function cellsOf(text: string): string[] {
  if (DECIMAL_COMMAS.test(plainDashes(text))) throw new Refusal("has decimal commas; write decimal points, such as 358.75 -55.0");
  const cells: string[] = [];
  for (const part of text.split(/[;\t|&]/)) {
    const plain = plainDashes(part.trim());
    if (plain !== text && DECIMAL_COMMA.test(plain)) cells.push(plain.replace(",", "."));
    else cells.push(...part.split(","));
  }
  return cells.map((cell) => cell.trim()).filter(Boolean);
}
