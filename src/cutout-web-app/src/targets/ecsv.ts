import { Refusal } from "../sky/refusal";
import { guessColumns } from "./columns";

const WANTED: Record<string, readonly string[]> = {
  RA: ["", "deg", "degree", "degrees", "d"],
  DEC: ["", "deg", "degree", "degrees", "d"],
  XSIZE: ["", "arcmin", "'"],
  YSIZE: ["", "arcmin", "'"],
  TMIN: ["", "d", "day"],
  TMAX: ["", "d", "day"],
};

/** Units of an ECSV table's columns by name, as its head of YAML lines gives them. */
export function ecsvUnits(text: string): Map<string, string> {
  const units = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (!line.startsWith("#")) break;
    const name = /[{,]\s*name:\s*['"]?([^,}'"]+)['"]?/.exec(line)?.[1];
    const unit = /[{,]\s*unit:\s*['"]?([^,}'"]+)['"]?/.exec(line)?.[1];
    if (name) units.set(name.trim(), unit?.trim() ?? "");
  }
  return units;
}

/** Refuses units that the table would be misread in. */
export function checkUnits(units: Map<string, string>): void {
  const names = [...units.keys()];
  for (const [field, at] of Object.entries(guessColumns(names))) {
    const name = names[at ?? -1];
    const unit = (name === undefined ? undefined : units.get(name)) ?? "";
    const wanted = WANTED[field];
    if (wanted && !wanted.includes(unit)) {
      throw new Refusal(`has the column ${name ?? field} in ${unit}; it is read in ${wanted[1] ?? ""}: convert it first`);
    }
  }
}
