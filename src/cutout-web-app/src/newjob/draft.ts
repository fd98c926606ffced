/** What the form holds. It outlives a reload and a sign-in. */
import type { Vocabulary } from "../api/types";
import type { Mapping } from "../targets/columns";

/** Which maps are selected: the newest coadds, named coadds, single observations, or the last two. */
export type Choice = "newest" | "coadds" | "dates" | "both";

export interface Draft {
  text: string;
  fileName: string | null;
  mapping: Mapping;
  /** Columns of the file that the service gave another name: theirs, and the service's. */
  renamed: [string, string][];
  /** What the service took the file for, in a sentence; empty where that needs none. */
  readAs: string;
  xsize: string;
  /** Empty for square stamps. */
  ysize: string;
  bands: string[];
  filetypes: string[];
  choice: Choice;
  coadds: string[];
  dateStart: string;
  dateEnd: string;
  products: string[];
  projection: "native" | "TAN";
  pixelScale: string;
  order: string;
  pad: boolean;
  /** Planes of polarisation of each stamp; empty for the map's own. */
  states: string[];
  /** Least ratio of the smallest to the largest weight of a stamp; empty for any. */
  uniformCoverage: string;
  noise: boolean;
  /** Days of the observations that coadds are made of; empty for all that are selected. */
  referenceStart: string;
  referenceEnd: string;
  runId: string;
}

/** The form before anything is chosen: the service's defaults, with pictures for the page of the job. */
export function emptyDraft({ defaults, products }: Vocabulary): Draft {
  const usual = [...defaults.products, "preview"];
  return {
    ...withTable(""),
    xsize: String(defaults.size),
    ysize: "",
    bands: [...defaults.bands],
    filetypes: [...defaults.newest_filetypes],
    choice: "newest",
    coadds: [],
    dateStart: "",
    dateEnd: "",
    products: namesOf(products).filter((name) => usual.includes(name)),
    projection: "native",
    pixelScale: "",
    order: defaults.order,
    pad: defaults.pad,
    states: [],
    uniformCoverage: "",
    noise: false,
    referenceStart: "",
    referenceEnd: "",
    runId: "",
  };
}

export function namesOf(offered: readonly { name: string }[]): string[] {
  return offered.map((each) => each.name);
}

const KEY = "spt3g-draft";
const OLD_KEY = "spt3g-draft-before";

/** The draft of this window; in a new one, the draft that was changed last in any. */
export function loadDraft(vocabulary: Vocabulary, key = KEY): Draft {
  const empty = emptyDraft(vocabulary);
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? "null") as Partial<Draft> | null;
    return asOffered({ ...empty, ...kept }, vocabulary);
  } catch {
    return empty;
  }
}

/** Drops what the service offers no more. */
function asOffered(draft: Draft, vocabulary: Vocabulary): Draft {
  const empty = emptyDraft(vocabulary);
  const among = (chosen: readonly string[], offered: readonly { name: string }[]): string[] => namesOf(offered).filter((name) => chosen.includes(name));
  const [bands, filetypes] = [among(draft.bands, vocabulary.bands), among(draft.filetypes, vocabulary.filetypes)];
  return {
    ...draft,
    bands: bands.length ? bands : empty.bands,
    filetypes: filetypes.length ? filetypes : empty.filetypes,
    products: among(draft.products, vocabulary.products),
    order: namesOf(vocabulary.orders).includes(draft.order) ? draft.order : empty.order,
  };
}

/**
 * Keeps the draft; false when the browser has no room for it.
 *
 * Each window has its own, which outlives a reload and a sign-in; the common copy is
 * only what a new window begins with.
 */
export function keepDraft(draft: Draft, key = KEY): boolean {
  const text = JSON.stringify(draft);
  const isKept = [localStorage, sessionStorage].map((storage) => store(storage, key, text));
  return isKept.some(Boolean);
}

function store(storage: Storage, key: string, text: string): boolean {
  try {
    storage.setItem(key, text);
    return true;
  } catch {
    // A shorter, older draft in its place would come back as if it were the last one.
    storage.removeItem(key);
    return false;
  }
}

/** Puts a draft in place of another one, which can be brought back once. */
export function replaceDraft(draft: Draft, vocabulary: Vocabulary): void {
  keepDraft(loadDraft(vocabulary), OLD_KEY);
  keepDraft(draft);
}

export function draftBefore(vocabulary: Vocabulary): Draft {
  return loadDraft(vocabulary, OLD_KEY);
}

/** What is left after a submission: the choices, not the targets. */
export function afterSubmission(draft: Draft): Draft {
  return { ...draft, ...withTable(""), runId: "" };
}

/** Another table of targets in place of the one before. */
export function withTable(text: string): Pick<Draft, "text" | "fileName" | "mapping" | "renamed" | "readAs"> {
  return { text, fileName: null, mapping: {}, renamed: [], readAs: "" };
}
