import { Refusal } from "./refusal";

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
const OWN = /^(manifest|request|result|index)$/;

/** Checks the name of a target: it becomes a folder, part of file names and of addresses. */
export function parseObjid(text: string): string {
  const name = text.trim();
  if (!SAFE.test(name) || name.endsWith(".")) {
    throw new Refusal(
      "must be 1 to 64 letters, digits, '.', '_', '+' or '-', begin with a letter or digit and not end with '.'",
    );
  }
  const stem = name.split(".", 1)[0]?.toLowerCase() ?? "";
  if (DEVICE.test(stem)) throw new Refusal("is the name of a device on Windows and cannot be a folder there");
  if (OWN.test(stem)) throw new Refusal("is kept for the files of the job itself");
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
