/** The notations of papers, web pages and LaTeX for coordinates, as plain characters; as the service has them. */

const MARKS: Record<string, string> = {};
const mark = (characters: string, plain: string): void => {
  for (const each of characters) MARKS[each] = plain;
};
mark("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-");
mark("\u2018\u2019\u02b9\u2032\u00b4", "'");
mark("\u201c\u201d\u02ba\u2033", '"');
mark("\u00ba\u02da\u1d52\u2218", "\u00b0");
mark("\u02b0", "h");
mark("\u1d50", "m");
mark("\u02e2", "s");
mark("\u1d48", "d");
mark("\uff0b", "+");
mark("\uff0e", ".");
mark("\uff1a", ":");
for (let digit = 0; digit < 10; digit += 1) mark(String.fromCharCode(0xff10 + digit), String(digit));

/** Marks without width that web pages leave in what is copied from them. */
export const INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad";

const ALL_INVISIBLE = /\u200b|\u200c|\u200d|\u200e|\u200f|\u2060|\ufeff|\u00ad/g;

const NOT_ASCII = /[^ -~]/g;
const SPECIAL = /[\\$^~{'g.]|[^ -~]/;
const LATEX: readonly [RegExp, string][] = [
  [/\^?\{?\\circ\}?|\\degr?(?![A-Za-z])/g, "\u00b0"],
  [/\^?\{?\\prime ?\\prime\}?|\\arcsec(?![A-Za-z])/g, '"'],
  [/\^?\{?\\prime\}?|\\arcmin(?![A-Za-z])/g, "'"],
  [/\\f(?:arcs|arcm|degr|dg|[hms])(?![A-Za-z])/g, "."],
  [/\\([hmsd])(?![A-Za-z])/g, "$1"],
  [/\\(?:rm|mathrm|text|hbox|[,;:! ])|[${}^]/g, ""],
  [/~/g, " "],
];

/** The text with a plain minus for every typeset one, character by character. */
export function plainDashes(text: string): string {
  return text.replace(NOT_ASCII, (each) => MARKS[each] ?? each);
}

/** Writes a coordinate with plain marks and single blanks. */
export function plainNotation(text: string): string {
  let plain = text.replace(ALL_INVISIBLE, "").trim().replace(/\s+/g, " ");
  if (!SPECIAL.test(plain)) return plain;
  plain = plainDashes(plain);
  if (/[\\$^~{]/.test(plain)) {
    for (const [pattern, by] of LATEX) plain = plain.replace(pattern, by);
    plain = plain.trim().replace(/\s+/g, " ");
  }
  plain = plain.replaceAll("''", '"').replace(/(?<=[0-9.]) ?deg(?:ree)?s?(?![a-z])/gi, "\u00b0");
  return plain.replace(/(?<=[0-9])([hmsd\u00b0'"])\.([0-9]{1,20})(?![0-9])/gi, ".$2$1");
}
