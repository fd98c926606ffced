/** How pictures are drawn, as addresses have it. */
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type ChosenLook, type ColourMap, type Stretch } from "./colours";

const NAMES = ["stretch", "colours", "sigma"] as const;
const MAX_SIGMA = 20;

/** Reads a number above 0; null for anything else. */
export function positive(query: URLSearchParams, name: string): number | null {
  const value = Number(query.get(name)?.trim());
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** Reads a look; what makes no sense counts as not given. */
export function readLook(query: URLSearchParams): ChosenLook {
  const [stretch, colours] = [query.get("stretch") ?? "", query.get("colours") ?? ""];
  return {
    map: Object.hasOwn(COLOUR_MAPS, colours) ? (colours as ColourMap) : DEFAULT_LOOK.map,
    stretch: Object.hasOwn(STRETCHES, stretch) ? (stretch as Stretch) : DEFAULT_LOOK.stretch,
    sigma: Math.min(MAX_SIGMA, positive(query, "sigma") ?? DEFAULT_LOOK.sigma),
  };
}

/** Whether an address says anything of a look. */
export function hasLook(query: URLSearchParams): boolean {
  return NAMES.some((name) => query.has(name));
}

export function withoutLook(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  for (const name of NAMES) rest.delete(name);
  return rest;
}

/** Writes a look: only what is not as it is at first, unless all is asked for. Colours of the theme are never written. */
export function writeLook(query: URLSearchParams, { map, stretch, sigma }: ChosenLook, { all }: { all: boolean } = { all: false }): void {
  if (all || stretch !== DEFAULT_LOOK.stretch) query.set("stretch", stretch);
  if (map) query.set("colours", map);
  if (all || sigma !== DEFAULT_LOOK.sigma) query.set("sigma", String(sigma));
}
