/** What the page shows, as its address has it: a link shows the same to a colleague. */
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type ColourMap, type Look, type Stretch } from "../preview/colours";

export interface ShownLook {
  /** The position as it was typed: the service reads it. */
  pos: string;
  /** Side of the stamps [arcmin]; null for the service's default. */
  size: number | null;
  isNorthUp: boolean;
  look: Look;
  /** Value at the ends of the colours, in the map's unit; null for so many times the noise. */
  half: number | null;
}

function positive(query: URLSearchParams, name: string): number | null {
  const value = Number(query.get(name)?.trim());
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** Reads an address; what makes no sense counts as not given. */
export function readLookAddress(query: URLSearchParams): ShownLook {
  const [stretch, colours] = [query.get("stretch") ?? "", query.get("colours") ?? ""];
  return {
    pos: query.get("pos")?.trim() ?? "",
    size: positive(query, "size"),
    isNorthUp: query.get("projection")?.toUpperCase() === "TAN",
    look: {
      map: Object.hasOwn(COLOUR_MAPS, colours) ? (colours as ColourMap) : DEFAULT_LOOK.map,
      stretch: Object.hasOwn(STRETCHES, stretch) ? (stretch as Stretch) : DEFAULT_LOOK.stretch,
      sigma: Math.min(20, positive(query, "sigma") ?? DEFAULT_LOOK.sigma),
    },
    half: positive(query, "half"),
  };
}

/** Writes an address: only what is not as it is without one. */
export function writeLookAddress({ pos, size, isNorthUp, look, half }: ShownLook): URLSearchParams {
  const query = new URLSearchParams();
  if (pos) query.set("pos", pos);
  if (size !== null) query.set("size", String(size));
  if (isNorthUp) query.set("projection", "TAN");
  if (look.stretch !== DEFAULT_LOOK.stretch) query.set("stretch", look.stretch);
  if (look.map !== DEFAULT_LOOK.map) query.set("colours", look.map);
  if (look.sigma !== DEFAULT_LOOK.sigma) query.set("sigma", String(look.sigma));
  if (half !== null) query.set("half", String(half));
  return query;
}

/** A position as this page's addresses have it. */
export function positionText({ ra, dec }: { ra: number; dec: number }): string {
  return `${ra.toFixed(5)} ${dec.toFixed(5)}`;
}
