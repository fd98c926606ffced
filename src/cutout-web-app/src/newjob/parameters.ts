/** From the form to the parameters of a request. */
import { parseBounded } from "../sky/numbers";
import { attempt, type Problem } from "../sky/refusal";
import type { Vocabulary } from "../api/types";
import type { Draft } from "./draft";

export type Pairs = [string, string][];

/** Parameters of the request, the table of targets last. */
export function toParameters(draft: Draft, csv: string): Pairs {
  const pairs: Pairs = [];
  if (draft.ysize.trim()) pairs.push(["XSIZE", draft.xsize.trim()], ["YSIZE", draft.ysize.trim()]);
  else pairs.push(["SIZE", draft.xsize.trim()]);
  pairs.push(["BANDS", draft.bands.join(",")], ["FILETYPE", draft.filetypes.join(",")]);
  if (asksCoadds(draft) && draft.coadds.length) pairs.push(["COADD", draft.coadds.join(",")]);
  if (asksDates(draft) && draft.dateStart) pairs.push(["DATE_START", draft.dateStart]);
  if (asksDates(draft) && draft.dateEnd) pairs.push(["DATE_END", draft.dateEnd]);
  pairs.push(["PROJECTION", draft.projection]);
  if (draft.projection === "TAN") {
    if (draft.pixelScale.trim()) pairs.push(["PIXEL_SCALE", draft.pixelScale.trim()]);
    pairs.push(["ORDER", draft.order]);
  }
  if (draft.states.length && makesStamps(draft)) pairs.push(["POL", draft.states.join(",")]);
  if (!draft.pad) pairs.push(["PAD", "false"]);
  pairs.push(...ofStamps(draft), ...ofCoadds(draft));
  pairs.push(["PRODUCTS", askedProducts(draft).join(",")]);
  if (draft.runId.trim()) pairs.push(["RUNID", draft.runId.trim()]);
  pairs.push(["POSITIONS", csv]);
  return pairs;
}

function ofStamps(draft: Draft): Pairs {
  if (!makesStamps(draft)) return [];
  const uniform = draft.uniformCoverage.trim();
  return [...(uniform ? [["UNIFORM_COVERAGE", uniform] as [string, string]] : []), ...(draft.noise ? [["NOISE", "true"] as [string, string]] : [])];
}

function ofCoadds(draft: Draft): Pairs {
  const days: Pairs = [["REFERENCE_START", draft.referenceStart], ["REFERENCE_END", draft.referenceEnd]];
  return makesCoadds(draft) ? days.filter(([, day]) => day) : [];
}

export function asksCoadds({ choice }: Draft): boolean {
  return choice === "coadds" || choice === "both";
}

export function asksDates({ choice }: Draft): boolean {
  return choice === "dates" || choice === "both";
}

/** Products that are made of single observations. */
export const OF_OBSERVATIONS = new Set(["lightcurve", "coadd", "difference", "cube", "animation"]);

/** The products that are asked for: those of single observations only with them. */
export function askedProducts(draft: Draft): string[] {
  return draft.products.filter((product) => !OF_OBSERVATIONS.has(product) || asksDates(draft));
}

/** Whether anything is made of the pixels around the targets. */
export function makesStamps(draft: Draft): boolean {
  return askedProducts(draft).some((product) => product !== "lightcurve");
}

export function makesCoadds(draft: Draft): boolean {
  return askedProducts(draft).some((product) => product === "coadd" || product === "difference");
}

/** What is wrong with the form, apart from the table of targets. */
export function formProblems(draft: Draft, limits: Vocabulary["limits"]): Problem[] {
  const problems: Problem[] = [];
  const note: Note = (field, value, message) => {
    problems.push({ field, row: null, value, message });
  };
  const size = (field: string, text: string): void => {
    const result = attempt(() => parseBounded(text, limits.size_min, limits.size_max, "arcmin"));
    if ("refused" in result) note(field, text, result.refused);
  };
  size(draft.ysize.trim() ? "XSIZE" : "SIZE", draft.xsize);
  if (draft.ysize.trim()) size("YSIZE", draft.ysize);
  if (!draft.bands.length) note("BANDS", null, "choose at least one band");
  if (!draft.filetypes.length) note("FILETYPE", null, "choose at least one kind of map");
  const products = askedProducts(draft);
  if (!products.length) note("PRODUCTS", null, "choose at least one product");
  if (products.join() === "lightcurve" && asksCoadds(draft)) note("PRODUCTS", null, "a coadd is no point of a light curve; choose single observations alone, or another product too");
  if (asksCoadds(draft) && !draft.coadds.length) note("COADD", null, "choose at least one coadd");
  if (asksDates(draft)) dateProblems(draft, note);
  if (draft.projection === "TAN" && draft.pixelScale.trim()) {
    const scale = attempt(() => parseBounded(draft.pixelScale, limits.pixel_scale_min, limits.pixel_scale_max, "arcmin"));
    if ("refused" in scale) note("PIXEL_SCALE", draft.pixelScale, scale.refused);
  }
  productProblems(draft, note);
  if (draft.runId.length > 64) note("RUNID", draft.runId, "must be at most 64 characters long");
  return problems;
}

type Note = (field: string, value: string | null, message: string) => void;

function productProblems(draft: Draft, note: Note): void {
  if (makesStamps(draft)) uniformProblems(draft, note);
  if (makesCoadds(draft)) referenceProblems(draft, note);
  const products = askedProducts(draft);
  const ofOnePlane = products.filter((product) => product !== "fits" && product !== "preview");
  if (draft.states.length > 1 && ofOnePlane.length) note("POL", draft.states.join(","), `${ofOnePlane.join(", ")} can be had of one plane of polarisation only; choose one`);
  if (products.includes("stack")) stackProblems(draft, products, note);
  if (products.includes("colour") && draft.bands.length !== 3) note("PRODUCTS", null, "a colour picture shows three bands; choose three");
}

function stackProblems({ projection }: Draft, products: readonly string[], note: Note): void {
  if (projection !== "TAN") note("PROJECTION", null, "stacks need each target on the same place of its stamp; choose north up");
  const others = new Set(["coadd", "difference", "mosaic", "cube", "animation", "colour"]);
  if (products.some((product) => others.has(product))) note("PRODUCTS", null, "make stacks in a job of their own, without what is made of all maps of a target");
}

function uniformProblems({ uniformCoverage }: Draft, note: Note): void {
  const ratio = attempt(() => parseBounded(uniformCoverage.trim() || "0", 0, 1, ""));
  if ("refused" in ratio) note("UNIFORM_COVERAGE", uniformCoverage, ratio.refused);
}

function referenceProblems({ referenceStart, referenceEnd }: Draft, note: Note): void {
  if (referenceStart && referenceEnd && referenceStart > referenceEnd) note("REFERENCE_START", referenceStart, `is after the last day, ${referenceEnd}`);
}

function dateProblems(draft: Draft, note: Note): void {
  const { dateStart, dateEnd } = draft;
  if (!dateStart && !dateEnd) note("DATE_START", null, "give a first or a last day, or both");
  if (dateStart && dateEnd && dateStart > dateEnd) note("DATE_START", dateStart, `is after the last day, ${dateEnd}`);
}
