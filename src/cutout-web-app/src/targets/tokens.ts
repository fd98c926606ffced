/** A line that only blanks divide: where the name ends and the position begins, as the service decides it. */
import { parseDec, parseRa } from "../sky/coordinates";
import { INVISIBLE, plainDashes, plainNotation } from "../sky/notation";
import { attempt, Refusal } from "../sky/refusal";
import { designationIn } from "./designations";
import { nameBehind, stripped, type LineCells } from "./wrappings";

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;
const WHOLE = /^[0-9]+$/;
const COMPACT = /^([0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]{1,9})?)([+-][0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]{1,9})?)$/;
const MEASURE = /^[0-9.]*(?:['"\u00b0]+|arcmin|arcsec|degrees|degree|deg|mjy|jy|mag|[hmsd])$/i;
const PIECE = /^(?:[+-]?[0-9.$].*|['"\u00b0hmsd]{1,2}|deg(?:ree)?s?)$/i;
const COORDINATE = /^[+-]?[0-9.:]*(?:[hmsd\u00b0'"][0-9.]*)*$/;
const UNIT = /^[+-]?[0-9.]*(?:deg(?:ree)?s?|hours?|hrs?|min(?:ute)?s?|seconds?|secs?|arcmin|arcsec)$/i;
const MINUTES = /[0-9]{1,3} ?[hd\u00b0] ?[0-9.]{1,20} ?[m'\u2032]$/i;
const SIZE = /^[0-9]{1,3}(?:\.[0-9]{0,2})?$/;
/** Pieces of the longest coordinate: `00 h 00 m 59.98 s`. */
const MOST = 6;

const FORMS = "a right ascension and a declination, such as 20.0 -50.0 or 01:20:00 -50:00:00";
export const SAY = "say what they are in a first line, such as OBJID,RA,DEC";
export const MORE = `has more than a name and a position; ${SAY}`;
export const THREE_NUMBERS = "has three numbers; say what they are in a first line, such as OBJID,RA,DEC or RA,DEC,XSIZE";

export const isNumber = (text: string): boolean => NUMBER.test(plainDashes(text));
export const isRa = (text: string): boolean => "value" in attempt(() => parseRa(text));
export const isDec = (text: string): boolean => "value" in attempt(() => parseDec(text));
export const startsAsNumber = (text: string): boolean => /^[+\-.]*[0-9]/.test(plainDashes(text));

/** Tells the name and the position of a text, or refuses it. */
export function readTokens(text: string): LineCells {
  const words = [...text.matchAll(/\S+/g)];
  if (words.length === 0) throw new Refusal(`is empty; a row is ${FORMS}`);
  const tokens = words.map((word) => stripped(word[0], INVISIBLE) || word[0]);
  return nameFirst(text, words, tokens) ?? nameLast(text, words, tokens) ?? namedOrRefused(text, tokens);
}

/** A position at the end, with a name before it or without one. */
function nameFirst(text: string, words: readonly RegExpMatchArray[], tokens: readonly string[]): LineCells | null {
  const count = tokens.length;
  const nameTo = (at: number): string => {
    const before = words[at - 1];
    return before ? text.slice(0, (before.index ?? 0) + before[0].length).replace(/[:,;=]+$/, "") : "";
  };
  for (const [begin, middle] of readings(tokens)) {
    if (begin === 0 || isNameBefore(tokens, begin, middle)) {
      return { objid: nameTo(begin), ra: tokens.slice(begin, middle).join(" "), dec: tokens.slice(middle).join(" ") };
    }
  }
  const last = glued(tokens[count - 1] ?? "");
  return last && !isNumber(tokens[count - 2] ?? "") ? { objid: nameTo(count - 1), ...last } : null;
}

/** A position at the start, with a name behind it. */
function nameLast(text: string, words: readonly RegExpMatchArray[], tokens: readonly string[]): LineCells | null {
  const nameFrom = (at: number): string => text.slice(words[at]?.index ?? 0);
  for (let until = Math.min(tokens.length - 1, 2 * MOST); until > 1; until -= 1) {
    if (!canBeginName(tokens[until]) || !tokens.slice(until).some(isWord)) continue;
    const place = readings(tokens.slice(0, until)).find(([begin]) => begin === 0);
    if (place) return { objid: nameBehind(nameFrom(until)), ra: tokens.slice(0, place[1]).join(" "), dec: tokens.slice(place[1], until).join(" ") };
  }
  const first = glued(tokens[0] ?? "");
  return first && tokens.length > 1 && canBeginName(tokens[1]) ? { objid: nameBehind(nameFrom(1)), ...first } : null;
}

/** Where a right ascension and a declination can begin that reach to the end; the longest come first. */
function readings(tokens: readonly string[]): [number, number][] {
  const count = tokens.length;
  const found: [number, number][] = [];
  for (let middle = Math.max(count - MOST, 1); middle < count; middle += 1) {
    const dec = shape(tokens.slice(middle));
    if (dec === null || !isDec(tokens.slice(middle).join(" "))) continue;
    const isLoose = dec === "unit" && count - middle > 1 && isNumber(tokens.at(-1) ?? "");
    // What looks like its seconds may be a size or a redshift.
    if (isLoose && endsAtMinutes(tokens, middle)) continue;
    for (let begin = Math.max(middle - MOST, 0); begin < middle; begin += 1) {
      const ra = shape(tokens.slice(begin, middle));
      if (ra === null || (ra !== dec && ra !== "unit" && dec !== "unit")) continue;
      if (isRa(tokens.slice(begin, middle).join(" "))) found.push([begin, middle]);
    }
  }
  return found.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
}

/** What kind of coordinate some tokens can be; null for none. */
function shape(tokens: readonly string[]): "one" | "three" | "unit" | null {
  if (tokens.every(isNumber)) return tokens.length === 1 ? "one" : tokens.length === 3 ? "three" : null;
  // With colons a token is a whole coordinate.
  if (tokens.length > 1 && tokens.some((token) => token.includes(":"))) return null;
  return tokens.every((token) => PIECE.test(plainDashes(token))) ? "unit" : null;
}

/** Whether what stands before a position is a name; refused where a number can belong to both. */
function isNameBefore(tokens: readonly string[], begin: number, middle: number): boolean {
  const name = tokens.slice(0, begin);
  refuseMore(name);
  const run = begin - 1 - name.findLastIndex((each) => !isNumber(each));
  if (!name.slice(begin - run).every((each) => WHOLE.test(each)) || !name.some(isWord)) return false;
  const [ra = "", before = ""] = [tokens[begin], tokens[begin - 1]];
  const bare = middle - begin === 1 && isNumber(ra);
  const mayBegin = (): boolean => hasSize(tokens, begin, middle) || (bare && hasMore(tokens, begin));
  if (run > 1 && bare && !/^[0-9]+\.[0-9]*$/.test(ra)) return false;
  if (bare && WHOLE.test(ra) && (isShort(run, before, ra) || (run === 0 && needsNumber(name)))) refuseUncertain(ra);
  if (run && mayBegin()) refuseUncertain(before);
  return true;
}

function refuseMore(name: readonly string[]): void {
  if (endsAsCoordinate(name)) throw new Refusal(MORE);
}

/** Whether the last of some tokens belongs to a coordinate: `-25d17m18s`, `12 h`. */
export function endsAsCoordinate(tokens: readonly string[]): boolean {
  const [last, before] = [tokens.at(-1), tokens.at(-2)];
  if (last === undefined) return false;
  const plain = plainNotation(last).replace(/[:,;=]+$/, "");
  if (isNumber(plain) || plain === "+" || plain === "-") return false;
  if (!/\p{Nd}/u.test(plain) && (before === undefined || !startsAsNumber(before))) return false;
  return COORDINATE.test(plain) || UNIT.test(plain);
}

/** Whether the coordinate that ends there has two numbers: `00h47m`, `00 h 47 m`. */
function endsAtMinutes(tokens: readonly string[], end: number): boolean {
  return MINUTES.test(plainNotation(tokens.slice(Math.max(end - 4, 0), end).join(" ")));
}

/**
 * Whether the number before a decimal position may begin it, the last token being more: so in
 * `NGC253 150 2.5 0.702`, and wherever the right ascension has a sign.
 */
function hasMore(tokens: readonly string[], begin: number): boolean {
  const [ra, dec] = [plainDashes(tokens[begin] ?? ""), plainDashes(tokens.at(-1) ?? "")];
  if (/^[+-]/.test(dec)) return false;
  const mayBegin = Number(tokens[begin - 1]) <= 360 && Number(ra) <= 90;
  return /^[+-]/.test(ra) || (mayBegin && !needsNumber(tokens.slice(0, begin - 1)));
}

/** Whether two numbers can be hours and minutes. */
function isShort(run: number, hours: string, minutes: string): boolean {
  return run === 1 && Number(hours) < 24 && Number(minutes) < 60;
}

/** Whether a token can be of a name only: a lone minus belongs to a number. */
function isWord(token: string): boolean {
  return /\p{L}/u.test(token) && !COORDINATE.test(plainNotation(token));
}

/** Whether a name can go on with a number: `NGC`, `3C`. */
function needsNumber(name: readonly string[]): boolean {
  if (!/\p{Nd}/u.test(name.at(-1) ?? "")) return true;
  return name.length === 1 && /^[0-9]+[A-Za-z]+$/.test(name[0] ?? "");
}

/** Whether the last token can be a size, behind a position that begins one token before. */
function hasSize(tokens: readonly string[], begin: number, middle: number): boolean {
  const ra = tokens.slice(begin - 1, middle - 1);
  return SIZE.test(tokens.at(-1) ?? "") && shape(ra) !== null && isRa(ra.join(" ")) && isDec(tokens.slice(middle - 1, -1).join(" "));
}

function refuseUncertain(number: string): never {
  throw new Refusal(`could have the number ${number} in the name or in the position; put a comma behind the name, such as NGC 253, 11.888, -25.288`);
}

/** A position without a blank in it: `00h00m59.98s-57d48m23.8s`. */
function glued(token: string): { ra: string; dec: string } | null {
  const plain = plainNotation(token);
  const compact = COMPACT.exec(plain);
  if (compact) return { ra: compact.slice(1, 4).join(":"), dec: compact.slice(4).join(":") };
  const at = Math.max(plain.lastIndexOf("-"), plain.lastIndexOf("+"));
  if (at < 1 || !/[:hHdD\u00b0]/.test(plain.slice(0, at))) return null;
  const [ra, dec] = [plain.slice(0, at), plain.slice(at)];
  return isRa(ra) && isDec(dec) ? { ra, dec } : null;
}

function canBeginName(token = ""): boolean {
  const plain = plainNotation(token);
  return !isNumber(token) && plain !== "-" && plain !== "+" && !MEASURE.test(plain);
}

/** A name that tells its position, two values that are wrong, or why there is no target. */
function namedOrRefused(text: string, tokens: readonly string[]): LineCells {
  const said = tokens.some((token) => isNumber(stripped(token, "()[]{}<>,;:"))) ? null : designationIn(text);
  if (said) return { objid: text, ra: said.ra, dec: said.dec };
  const found = twoValues(tokens);
  if (found) return found;
  throw new Refusal(whyNone(tokens));
}

function twoValues(tokens: readonly string[]): LineCells | null {
  const [first = "", second = "", third = ""] = tokens;
  const numeric = tokens.map((token) => (startsAsNumber(token) ? "n" : "-")).join("");
  if (numeric === "nn") return { objid: "", ra: first, dec: second };
  if ((numeric === "-nn" || numeric === "nnn") && /^\p{L}/u.test(first)) return { objid: first, ra: second, dec: third };
  return numeric === "nn-" ? { objid: nameBehind(third), ra: first, dec: second } : null;
}

function whyNone(tokens: readonly string[]): string {
  const numbers = tokens.filter(isNumber).length;
  if (tokens.length === 1 && startsAsNumber(tokens[0] ?? "")) return `is one value; a row is ${FORMS}`;
  if (numbers === tokens.length && numbers === 3) return THREE_NUMBERS;
  if (numbers === tokens.length && numbers === 4) {
    return "has four numbers, which can be read in two ways; write all of hours, minutes and seconds (23:55:00 -55:00:00), or degrees";
  }
  if (numbers > 2) return `has ${numbers} numbers; ${SAY}`;
  if (numbers <= 1 && tokens.some((token) => /^\p{L}/u.test(token))) return `is a name without a position; names are not looked up, write behind it ${FORMS}`;
  return `cannot be read; a row is ${FORMS}, with or without a name`;
}
