/** What the page shows, as its address has it: a link shows the same to a colleague. */
import type { SkyLayer, SkyPlane } from "../api/types";
import { COLOUR_MAPS, STRETCHES, type ColourMap, type Stretch } from "../preview/colours";
import type { SkyPlace } from "./grid";

export interface Shown {
  layer: string | null;
  plane: SkyPlane;
  place: SkyPlace | null;
  /** Arcminutes for a pixel of the screen. */
  scale: number | null;
  /** Values at the ends of the colours; null for those that the service suggests. */
  limits: [number, number] | null;
  stretch: Stretch;
  /** Null for those of the page's theme. */
  colours: ColourMap | null;
  hasGraticule: boolean;
  /** Whether three bands are shown at once, as red, green and blue. */
  isComposite: boolean;
  /** Names of the service's catalogues that are laid over the map; null for those that it shows at first. */
  catalogues: string[] | null;
  /** The job whose targets are laid over the map. */
  job: string | null;
}

function numberOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  const value = Number(text);
  return text === null || text.trim() === "" || !Number.isFinite(value) ? null : value;
}

function jobOf(query: URLSearchParams): string | null {
  const id = query.get("job") ?? "";
  return /^[0-9a-f]{32}$/.test(id) ? id : null;
}

const NO_CATALOGUE = "none";
const CATALOGUE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

function cataloguesOf(query: URLSearchParams): string[] | null {
  const text = query.get("catalogues");
  if (text === null) return null;
  return text === NO_CATALOGUE ? [] : text.split(",").filter((name) => CATALOGUE.test(name));
}

/** Reads an address; what makes no sense counts as not given. */
export function readAddress(query: URLSearchParams): Shown {
  const [ra, dec, scale, low, high] = ["ra", "dec", "scale", "low", "high"].map((name) => numberOf(query, name));
  const [stretch, colours] = [query.get("stretch") ?? "", query.get("colours") ?? ""];
  return {
    layer: query.get("layer"),
    plane: query.get("plane") === "WGT" ? "WGT" : "SCI",
    place: ra != null && dec != null && Math.abs(dec) <= 90 && ra >= 0 && ra <= 360 ? { ra, dec } : null,
    scale: scale != null && scale > 0 ? scale : null,
    limits: low != null && high != null && low < high ? [low, high] : null,
    stretch: Object.hasOwn(STRETCHES, stretch) ? (stretch as Stretch) : "linear",
    colours: Object.hasOwn(COLOUR_MAPS, colours) ? (colours as ColourMap) : null,
    hasGraticule: query.get("graticule") !== "off",
    isComposite: query.get("composite") === "on",
    catalogues: cataloguesOf(query),
    job: jobOf(query),
  };
}

/** Writes an address: only what is not as it is without one. */
export function writeAddress(shown: Shown): URLSearchParams {
  const query = new URLSearchParams();
  if (shown.layer) query.set("layer", shown.layer);
  if (shown.plane === "WGT") query.set("plane", "WGT");
  if (shown.place) {
    query.set("ra", shown.place.ra.toFixed(6));
    query.set("dec", shown.place.dec.toFixed(6));
  }
  if (shown.scale !== null) query.set("scale", String(Number(shown.scale.toPrecision(6))));
  if (shown.limits) {
    query.set("low", String(shown.limits[0]));
    query.set("high", String(shown.limits[1]));
  }
  if (shown.stretch !== "linear") query.set("stretch", shown.stretch);
  if (shown.colours) query.set("colours", shown.colours);
  if (!shown.hasGraticule) query.set("graticule", "off");
  if (shown.isComposite) query.set("composite", "on");
  if (shown.catalogues) query.set("catalogues", shown.catalogues.join() || NO_CATALOGUE);
  if (shown.job) query.set("job", shown.job);
  return query;
}

/** The layer that is shown: the one of that name, else the first of the best kind. */
export function chosenLayer(layers: readonly SkyLayer[], id: string | null): SkyLayer | undefined {
  return layers.find((layer) => layer.id === id) ?? layers.find((layer) => layer.filetype === "filtered" && layer.band === "150GHz") ?? layers[0];
}

/** Layers that differ in their band only, in the order of the bands. */
export function otherBands(layers: readonly SkyLayer[], shown: SkyLayer): SkyLayer[] {
  return layers.filter((each) => each.tag === shown.tag && each.filetype === shown.filetype && each.field === shown.field);
}

/**
 * The layers that make red, green and blue: the lowest, the middle and the highest band. None of fewer than three,
 * nor where they have pixels of their own each.
 */
export function compositeOf(bands: readonly SkyLayer[]): SkyLayer[] {
  const [red, green, blue] = [bands[0], bands[bands.length >> 1], bands.at(-1)];
  if (bands.length < 3 || !red || !green || !blue) return [];
  return [green, blue].every((each) => gridKey(each) === gridKey(red)) ? [red, green, blue] : [];
}

/** What layers on the same pixels have in common: they share a view. */
export function gridKey({ wcs, width, height, levels }: SkyLayer): string {
  return JSON.stringify([wcs, width, height, levels.length]);
}
