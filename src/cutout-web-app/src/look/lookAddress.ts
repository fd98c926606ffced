/** What the page shows, as its address has it: a link shows the same to a colleague. */
import type { ChosenLook } from "../preview/colours";
import { positive, readLook, writeLook } from "../preview/lookQuery";

export interface ShownLook {
  /** The position as it was typed: the service reads it. */
  pos: string;
  /** Side of the stamps [arcmin]; null for the service's default. */
  size: number | null;
  isNorthUp: boolean;
  look: ChosenLook;
  /** Value at the ends of the colours, in the map's unit; null for so many times the noise. */
  half: number | null;
}

/** Reads an address; what makes no sense counts as not given. */
export function readLookAddress(query: URLSearchParams): ShownLook {
  return {
    pos: query.get("pos")?.trim() ?? "",
    size: positive(query, "size"),
    isNorthUp: query.get("projection")?.toUpperCase() === "TAN",
    look: readLook(query),
    half: positive(query, "half"),
  };
}

/** Writes an address: only what is not as it is without one. */
export function writeLookAddress({ pos, size, isNorthUp, look, half }: ShownLook): URLSearchParams {
  const query = new URLSearchParams();
  if (pos) query.set("pos", pos);
  if (size !== null) query.set("size", String(size));
  if (isNorthUp) query.set("projection", "TAN");
  writeLook(query, look);
  if (half !== null) query.set("half", String(half));
  return query;
}

/** A position as this page's addresses have it. */
export function positionText({ ra, dec }: { ra: number; dec: number }): string {
  return `${ra.toFixed(5)} ${dec.toFixed(5)}`;
}
