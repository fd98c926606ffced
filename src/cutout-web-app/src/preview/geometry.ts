/** Where signs stand on a stamp: scale bar, beam, north and east. Numbers are in stamp widths. */
import type { Outcome } from "../api/types";

const BAR_STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30];

/** A round length [arcmin] that takes up to a third of the stamp. */
export function barLength(xsize: number): number {
  return BAR_STEPS.filter((step) => step <= xsize / 3).at(-1) ?? 0.05;
}

/** Directions on the screen (x to the right, y down) of north and east. */
export function compass({ north }: Pick<Outcome, "north">): { north: [number, number]; east: [number, number] } | null {
  if (north === null) return null;
  const angle = (north * Math.PI) / 180;
  return { north: [-Math.sin(angle), -Math.cos(angle)], east: [-Math.cos(angle), Math.sin(angle)] };
}
