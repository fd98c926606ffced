/** What the archive has, so that the form offers only that. */
import type { MapGroup, MapSummary, Vocabulary } from "../api/types";
import { namesOf, type Draft } from "./draft";
import { asksCoadds, asksDates } from "./parameters";

export interface Offer {
  bands: string[];
  filetypes: string[];
  coadds: { tag: string; maps: number; bands: string[]; filetypes: string[] }[];
  hasDates: boolean;
  first: string | null;
  last: string | null;
  /** Whether native stamps can be made of any map that the choices select. */
  hasNative: boolean;
  /** Planes of polarisation that these maps hold; I where nothing is known of them. */
  states: string[];
  /** Maps that the choices select, as far as the summary says; null when it is not known. */
  maps: number | null;
}

/** Finds the bands, kinds and coadds for which there are maps under the draft's choices. */
export function makeOffer(vocabulary: Vocabulary, summary: MapSummary | undefined, draft: Draft): Offer {
  const [bands, filetypes] = [namesOf(vocabulary.bands), namesOf(vocabulary.filetypes)];
  if (!summary) {
    return { bands, filetypes, coadds: [], hasDates: true, first: null, last: null, hasNative: true, states: [INTENSITY], maps: null };
  }
  const { groups } = summary;
  const eligible = groups.filter((group) => isSelected(group, draft));
  const single = groups.filter((group) => group.tag === null);
  const chosen = eligible.filter((group) => draft.bands.includes(group.band) && draft.filetypes.includes(group.filetype));
  return {
    bands: bands.filter((band) => eligible.some((group) => group.band === band)),
    filetypes: filetypes.filter((type) => eligible.some((group) => group.filetype === type)),
    coadds: coaddsOf(groups, bands, filetypes),
    hasDates: single.length > 0,
    first: least(single.map((group) => group.first)),
    last: greatest(single.map((group) => group.last)),
    hasNative: !chosen.length || chosen.some((group) => group.has_grid !== false),
    states: statesOf(chosen),
    maps: chosen.length ? chosen.reduce((sum, group) => sum + group.maps, 0) : 0,
  };
}

/** Drops choices for which there are no maps. */
export function fitDraft(draft: Draft, offer: Offer): Draft {
  const bands = draft.bands.filter((band) => offer.bands.includes(band));
  const filetypes = draft.filetypes.filter((type) => offer.filetypes.includes(type));
  return {
    ...draft,
    bands: bands.length ? bands : offer.bands,
    filetypes: filetypes.length ? filetypes : offer.filetypes.slice(0, 1),
    states: draft.states.filter((state) => offer.states.includes(state)),
    coadds: draft.coadds.filter((tag) => offer.coadds.some((coadd) => coadd.tag === tag)),
  };
}

/** The draft with stamps that can be made of what it selects: north up where no map has rows and columns. */
export function withPossiblePixels(draft: Draft, { hasNative }: Offer): Draft {
  return hasNative || draft.projection === "TAN" ? draft : { ...draft, projection: "TAN" };
}

const INTENSITY = "I";
const STATES = [INTENSITY, "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX"];

function statesOf(groups: readonly MapGroup[]): string[] {
  const held = new Set(groups.flatMap((group) => group.pol_states ?? [INTENSITY]));
  return held.size ? STATES.filter((state) => held.has(state)) : [INTENSITY];
}

function isSelected(group: MapGroup, draft: Draft): boolean {
  if (draft.choice === "newest") return group.tag !== null;
  const asCoadd = asksCoadds(draft) && group.tag !== null && (draft.coadds.length === 0 || draft.coadds.includes(group.tag));
  return asCoadd || (asksDates(draft) && group.tag === null && meets(group, draft));
}

function meets(group: MapGroup, { dateStart, dateEnd }: Draft): boolean {
  return (!dateEnd || !group.first || group.first.slice(0, 10) <= dateEnd) && (!dateStart || !group.last || group.last.slice(0, 10) >= dateStart);
}

function coaddsOf(groups: readonly MapGroup[], bands: readonly string[], filetypes: readonly string[]): Offer["coadds"] {
  const tags = new Map<string, MapGroup[]>();
  for (const group of groups) if (group.tag !== null) tags.set(group.tag, [...(tags.get(group.tag) ?? []), group]);
  return [...tags].sort(([a], [b]) => (a < b ? 1 : -1)).map(([tag, of]) => ({
    tag,
    maps: of.reduce((sum, group) => sum + group.maps, 0),
    bands: bands.filter((band) => of.some((group) => group.band === band)),
    filetypes: filetypes.filter((type) => of.some((group) => group.filetype === type)),
  }));
}

function least(days: (string | null)[]): string | null {
  return days.filter((day) => day !== null).map((day) => day.slice(0, 10)).sort()[0] ?? null;
}

function greatest(days: (string | null)[]): string | null {
  return days.filter((day) => day !== null).map((day) => day.slice(0, 10)).sort().at(-1) ?? null;
}
