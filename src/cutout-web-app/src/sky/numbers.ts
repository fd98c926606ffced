import { Refusal } from "./refusal";

const DECIMAL = /^[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?$/;

/** Typeset minus, as papers have it: it can only mean a minus. */
export function plainMinus(text: string): string {
  return text.trim().replaceAll("\u2212", "-");
}

/** Reads one finite decimal number as a person would, nothing more. */
export function parseNumber(text: string): number {
  const plain = plainMinus(text);
  if (!DECIMAL.test(plain)) throw new Refusal(whyNot(plain));
  const value = Number(plain);
  if (!Number.isFinite(value)) throw new Refusal("the number is too large");
  return value;
}

/** Reads a number from `min` to `max`, both included. */
export function parseBounded(text: string, min: number, max: number, unit: string): number {
  const value = parseNumber(text);
  if (value < min || value > max) throw new Refusal(`must be from ${min} to ${max} ${unit}`.trimEnd());
  return value;
}

function whyNot(plain: string): string {
  if (!plain) return "a number is missing";
  if (/^[+-]?[0-9]+,[0-9]+$/.test(plain)) return "must be a number with a decimal point, not a decimal comma";
  if (/^[+-]*(nan|inf|infinity)$/i.test(plain)) return "must be a finite number";
  return "must be a decimal number";
}
