/** What the form holds. It outlives a reload and a sign-in. */
import type { Mapping } from "../targets/columns";

export const BANDS = ["90GHz", "150GHz", "220GHz"] as const;
export const FILE_TYPES = ["passthrough", "filtered", "coadd-subtracted"] as const;
export const PRODUCTS = ["fits", "preview", "lightcurve"] as const;
export const ORDERS = ["nearest", "bilinear", "bicubic", "adaptive", "exact"] as const;

/** Which maps answer: the newest coadds, named coadds, single observations, or the last two. */
export type Choice = "newest" | "coadds" | "dates" | "both";

export interface Draft {
  text: string;
  fileName: string | null;
  mapping: Mapping;
  /** Columns of the file that the service gave another name: theirs, and the service's. */
  renamed: [string, string][];
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
  runId: string;
}

export const EMPTY: Draft = {
  text: "",
  fileName: null,
  mapping: {},
  renamed: [],
  xsize: "10",
  ysize: "",
  bands: [...BANDS],
  filetypes: ["filtered"],
  choice: "newest",
  coadds: [],
  dateStart: "",
  dateEnd: "",
  products: ["fits", "preview"],
  projection: "native",
  pixelScale: "",
  order: "bilinear",
  pad: true,
  runId: "",
};

const KEY = "spt3g-draft";
const OLD_KEY = "spt3g-draft-before";

export function loadDraft(key = KEY): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Partial<Draft> | null;
    return { ...EMPTY, ...kept };
  } catch {
    return EMPTY;
  }
}

/** Keeps the draft; false when the browser has no room for it. */
export function keepDraft(draft: Draft, key = KEY): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** Puts a draft in place of another one, which can be brought back once. */
export function replaceDraft(draft: Draft): void {
  keepDraft(loadDraft(), OLD_KEY);
  keepDraft(draft);
}

export function draftBefore(): Draft {
  return loadDraft(OLD_KEY);
}

/** What is left after a submission: the choices, not the targets. */
export function afterSubmission(draft: Draft): Draft {
  return { ...draft, ...withTable(""), runId: "" };
}

/** Another table of targets in place of the one before. */
export function withTable(text: string): Pick<Draft, "text" | "fileName" | "mapping" | "renamed"> {
  return { text, fileName: null, mapping: {}, renamed: [] };
}
