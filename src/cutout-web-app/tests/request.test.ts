import { beforeEach, describe, expect, it } from "vitest";
import { draftOfPairs } from "../src/newjob/clone";
import { commandCode, curlCode, pythonCode } from "../src/newjob/code";
import { afterSubmission, emptyDraft, keepDraft, loadDraft, type Draft } from "../src/newjob/draft";
import { fitDraft, makeOffer, withPossiblePixels } from "../src/newjob/offer";
import { formProblems, toParameters } from "../src/newjob/parameters";
import type { MapGroup, MapSummary } from "../src/api/types";
import { VOCABULARY } from "./vocabulary";

const EMPTY = emptyDraft(VOCABULARY);
const CSV = "OBJID,RA,DEC\nit's,20,-50\n";
const draft = (change: Partial<Draft> = {}): Draft => ({ ...EMPTY, text: CSV, ...change });
const fields = (change: Partial<Draft>): string[] => formProblems(draft(change), VOCABULARY.limits).map((each) => `${each.field}: ${each.message}`);

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe("the form", () => {
  it("refuses sizes beyond the limits and never clamps them", () => {
    expect(fields({ xsize: "500" })).toEqual(["SIZE: must be from 0.25 to 120 arcmin"]);
    expect(fields({ xsize: "1,5" })).toEqual(["SIZE: must be a number with a decimal point, not a decimal comma"]);
    expect(toParameters(draft({ xsize: "500" }), CSV)).toContainEqual(["SIZE", "500"]);
  });

  it("wants something to choose from everything", () => {
    expect(fields({ bands: [], products: [], choice: "coadds" })).toEqual([
      "BANDS: choose at least one band", "PRODUCTS: choose at least one product", "COADD: choose at least one coadd"]);
    expect(fields({ choice: "dates", dateStart: "2020-05-01", dateEnd: "2020-04-01" })).toEqual(["DATE_START: is after the last day, 2020-04-01"]);
  });

  it("sends nothing that is hidden", () => {
    const names = toParameters(draft({ coadds: ["x"], dateStart: "2020-01-01", pixelScale: "1" }), CSV).map(([name]) => name);
    expect(names).toEqual(["SIZE", "BANDS", "FILETYPE", "PROJECTION", "PRODUCTS", "POSITIONS"]);
  });

  it("asks for light curves of single observations only", () => {
    const both = ["fits", "lightcurve"];
    const products = (change: Partial<Draft>): string | undefined => toParameters(draft(change), CSV).find(([name]) => name === "PRODUCTS")?.[1];
    expect(products({ products: both })).toBe("fits");
    expect(products({ products: both, choice: "dates" })).toBe("fits,lightcurve");
    expect(fields({ products: ["lightcurve"] })).toEqual(["PRODUCTS: choose at least one product"]);
    expect(fields({ products: ["lightcurve"], choice: "dates", dateStart: "2020-01-01" })).toEqual([]);
    expect(fields({ products: ["lightcurve"], choice: "both", coadds: ["y1"], dateStart: "2020-01-01" })[0]).toContain("no point of a light curve");
    const pairs = toParameters(draft({ products: both, choice: "dates", dateStart: "2020-01-01" }), CSV);
    expect(curlCode(pairs, "http://s").text).toContain("--data-urlencode PRODUCTS=fits,lightcurve");
    expect(pythonCode(pairs, "http://s").text).toContain('"PRODUCTS": "fits,lightcurve"');
    expect(commandCode(pairs, []).text).toContain("light curves are made by the service");
    expect(draftOfPairs(pairs, VOCABULARY).products).toEqual(both);
  });

  it("asks for stacks north up only, as the service does, without what is made of all maps of a target", () => {
    expect(fields({ products: ["stack"], projection: "native" })).toEqual(["PROJECTION: stacks need each target on the same place of its stamp; choose north up"]);
    expect(fields({ products: ["stack", "preview"], projection: "TAN" })).toEqual([]);
    expect(fields({ products: ["stack", "mosaic"], projection: "TAN" })).toEqual(["PRODUCTS: make stacks in a job of their own, without what is made of all maps of a target"]);
  });

  it("asks for cubes and animations of single observations only, and for colour pictures of three bands", () => {
    const both = ["cube", "animation"];
    const made = draft({ products: both, choice: "dates", dateStart: "2019-01-01" });
    const pairs = toParameters(made, CSV);
    expect(pairs).toContainEqual(["PRODUCTS", "cube,animation"]);
    expect(commandCode(pairs, []).text).toContain("cubes, animations and colour pictures are made by the service");
    expect(toParameters({ ...made, products: ["fits", ...both], choice: "newest" }, CSV)).toContainEqual(["PRODUCTS", "fits"]);
    expect(fields({ products: ["colour"], bands: ["90GHz", "150GHz", "220GHz"] })).toEqual([]);
    expect(fields({ products: ["colour"], bands: ["90GHz", "150GHz"] })).toEqual(["PRODUCTS: a colour picture shows three bands; choose three"]);
  });

  it("asks for coadds and differences of single observations, with the days of the reference", () => {
    const made = draft({ products: ["coadd", "difference"], choice: "dates", dateStart: "2019-01-01", referenceStart: "2019-01-01", referenceEnd: "2019-06-30" });
    const pairs = toParameters(made, CSV);
    expect(pairs).toContainEqual(["PRODUCTS", "coadd,difference"]);
    expect(pairs).toContainEqual(["REFERENCE_END", "2019-06-30"]);
    expect(draftOfPairs(pairs, VOCABULARY)).toMatchObject({ referenceStart: "2019-01-01", referenceEnd: "2019-06-30" });
    expect(commandCode(pairs, []).text).toContain("coadds and differences, mosaics and stacks are made by the service");
    expect(fields({ ...made, referenceStart: "2019-07-01" })).toEqual(["REFERENCE_START: is after the last day, 2019-06-30"]);
    const hidden = toParameters({ ...made, products: ["fits", "coadd"], choice: "newest" }, CSV).map(([name]) => name);
    expect(hidden).not.toContain("REFERENCE_END");
    expect(fields({ products: ["coadd"] })).toEqual(["PRODUCTS: choose at least one product"]);
  });

  it("asks for noise and uniform coverage of stamps only", () => {
    const asked = { noise: true, uniformCoverage: "0.5" };
    const pairs = toParameters(draft(asked), CSV);
    expect(pairs).toContainEqual(["UNIFORM_COVERAGE", "0.5"]);
    expect(pairs).toContainEqual(["NOISE", "true"]);
    expect(draftOfPairs(pairs, VOCABULARY)).toMatchObject(asked);
    expect(fields({ uniformCoverage: "2" })).toEqual(["UNIFORM_COVERAGE: must be from 0 to 1"]);
    const curves = toParameters(draft({ ...asked, products: ["lightcurve"], choice: "dates", dateStart: "2020-01-01" }), CSV);
    expect(curves.map(([name]) => name)).not.toContain("NOISE");
  });

  it("offers planes of polarisation where maps hold several, and asks for those that are chosen", () => {
    const group = (tag: string, pol_states?: string[]): MapGroup => ({ band: "150GHz", filetype: "filtered", tag, maps: 1, first: null, last: null, ...(pol_states ? { pol_states } : {}) });
    const summary = { snapshot: "s", maps: 2, groups: [group("y1"), group("y2", ["U", "I", "Q"])], coadds: [] } as unknown as MapSummary;
    const chosen = (coadds: string[]) => draft({ choice: "coadds", coadds, bands: ["150GHz"], filetypes: ["filtered"], states: ["Q", "U"] });
    const [plain, polarised] = [chosen(["y1"]), chosen(["y2"])];
    expect(makeOffer(VOCABULARY, summary, plain).states).toEqual(["I"]);
    expect(makeOffer(VOCABULARY, summary, polarised).states).toEqual(["I", "Q", "U"]);
    expect(fitDraft(plain, makeOffer(VOCABULARY, summary, plain)).states).toEqual([]);
    const pairs = toParameters(polarised, CSV);
    expect(pairs).toContainEqual(["POL", "Q,U"]);
    expect(commandCode(pairs, []).text).toContain("--pol Q,U");
    expect(draftOfPairs(pairs, VOCABULARY).states).toEqual(["Q", "U"]);
    expect(toParameters(draft({}), CSV).map(([name]) => name)).not.toContain("POL");
    expect(fields({ states: ["I", "Q"], products: ["fits", "mosaic"] })).toEqual(["POL: mosaic can be had of one plane of polarisation only; choose one"]);
  });

  it("comes back from a job as it was sent", () => {
    const sent = draft({ xsize: "5", ysize: "7", bands: ["150GHz"], choice: "both", coadds: ["y1"], dateEnd: "2020-01-01", projection: "TAN", pixelScale: "0.5", order: "exact", pad: false });
    expect(draftOfPairs(toParameters(sent, CSV), VOCABULARY)).toEqual(sent);
  });

  it("comes back from jobs of other clients", () => {
    expect(draftOfPairs([["POSITIONS", '[{"ra":1,"dec":-50,"objid":"a"}]'], ["BANDS", '["95GHz"]']], VOCABULARY)).toMatchObject({ text: "RA,DEC,OBJID\n1,-50,a\n", bands: ["90GHz"], filetypes: ["filtered"] });
    expect(draftOfPairs([["RA", "1"], ["COADD", "y1"]], VOCABULARY).filetypes).toEqual(["passthrough", "filtered"]);
    expect(draftOfPairs([["CIRCLE", "1 -50 0.1"]], VOCABULARY).text).toBe("RA,DEC,XSIZE\n1,-50,12\n");
    expect(draftOfPairs([["RA", "1"], ["DEC", "-50"]], VOCABULARY).text).toBe("RA,DEC\n1,-50\n");
  });

  it("outlives what it cannot read", () => {
    localStorage.setItem("spt3g-draft", "{broken");
    expect(loadDraft(VOCABULARY)).toEqual(EMPTY);
  });

  it("is that of its own window, whatever another one keeps or submits", () => {
    const another = (what: string): void => localStorage.setItem("spt3g-draft", what);
    keepDraft(draft({ xsize: "7" }));
    another(JSON.stringify(draft({ xsize: "30", text: "" })));
    expect(loadDraft(VOCABULARY)).toMatchObject({ xsize: "7", text: CSV });
    another(JSON.stringify(afterSubmission(draft())));
    expect(loadDraft(VOCABULARY).text).toBe(CSV);
    sessionStorage.clear();
    expect(loadDraft(VOCABULARY).text).toBe("");
  });

  it("offers, begins with and keeps within what the service says, and nothing else", () => {
    const grown = { ...VOCABULARY, bands: [{ name: "285GHz", aliases: ["280GHz"] }], products: [...VOCABULARY.products, { name: "noise", summary: "", stamps: true }], defaults: { ...VOCABULARY.defaults, bands: ["285GHz"], products: ["noise"], size: 4 } };
    expect(emptyDraft(grown)).toMatchObject({ bands: ["285GHz"], products: ["preview", "noise"], xsize: "4" });
    expect(makeOffer(grown, undefined, draft()).bands).toEqual(["285GHz"]);
    expect(draftOfPairs([["BANDS", "280GHz"]], grown).bands).toEqual(["285GHz"]);
    keepDraft(draft({ order: "gone", bands: ["90GHz"] }));
    expect(loadDraft(grown)).toMatchObject({ bands: ["285GHz"], order: "bilinear" });
    expect(formProblems(draft({ xsize: "7" }), { ...VOCABULARY.limits, size_max: 5 }).map((each) => each.field)).toEqual(["SIZE"]);
    expect(formProblems(draft({ projection: "TAN", pixelScale: "0.01" }), VOCABULARY.limits)[0]?.message).toBe("must be from 0.05 to 10 arcmin");
  });
});

describe("what is offered", () => {
  const group = (band: string, filetype: string, tag: string | null, day: string | null) => ({ band, filetype, tag, maps: 2, first: day, last: day });
  const summary = { snapshot: "1", groups: [group("150GHz", "filtered", "y1", null), group("90GHz", "passthrough", null, "2020-03-01")] };

  it("is only what there are maps for", () => {
    expect(makeOffer(VOCABULARY, summary, draft())).toMatchObject({ bands: ["150GHz"], filetypes: ["filtered"], maps: 2 });
    expect(makeOffer(VOCABULARY, summary, draft({ choice: "dates", dateStart: "2020-04-01" })).bands).toEqual([]);
    expect(makeOffer(VOCABULARY, summary, draft({ choice: "dates" }))).toMatchObject({ bands: ["90GHz"], first: "2020-03-01" });
  });

  it("has no native stamps where no chosen map has rows and columns", () => {
    const healpix = { ...summary, groups: [{ ...group("150GHz", "filtered", "y1", null), has_grid: false }, { ...group("90GHz", "filtered", "y1", null), has_grid: true }] };
    const [only, both] = [draft({ bands: ["150GHz"] }), draft({ bands: ["90GHz", "150GHz"] })];
    expect(makeOffer(VOCABULARY, healpix, only).hasNative).toBe(false);
    expect(makeOffer(VOCABULARY, healpix, both).hasNative).toBe(true);
    expect(makeOffer(VOCABULARY, summary, only).hasNative).toBe(true);
    const asked = withPossiblePixels(only, makeOffer(VOCABULARY, healpix, only));
    expect(toParameters(asked, CSV)).toContainEqual(["PROJECTION", "TAN"]);
    expect(withPossiblePixels(both, makeOffer(VOCABULARY, healpix, both))).toBe(both);
  });

  it("changes choices that have become impossible", () => {
    const dated = draft({ choice: "dates" });
    expect(fitDraft(dated, makeOffer(VOCABULARY, summary, dated))).toMatchObject({ bands: ["90GHz"], filetypes: ["passthrough"] });
  });
});

describe("the code", () => {
  const pairs = toParameters(draft({ runId: "Anna's" }), CSV);

  it("quotes for the shell and for Python", () => {
    expect(curlCode(pairs, "http://x").text).toContain(`--data-urlencode 'RUNID=Anna'\\''s'`);
    expect(pythonCode(pairs, "http://x").text).toContain(`"RUNID": "Anna's"`);
    expect(commandCode(pairs, ["a/b.fits"]).text).toContain('"$SPT_ARCHIVE"/a/b.fits');
  });

  it("gives the command line the sizes of stamps that are no squares, row by row", () => {
    const csv = "OBJID,RA,DEC,XSIZE\na,20,-50,\nb,21,-50,7\n";
    const { text } = commandCode(toParameters(draft({ xsize: "5", ysize: "3", pad: false }), csv), ["a.fits"], 12);
    expect(text).toContain("OBJID,RA,DEC,XSIZE,YSIZE\na,20,-50,5,3\nb,21,-50,7,3\n");
    expect(text).toContain("# Named are 1 of the 12 maps");
    expect(text).toContain("# The command pads");
  });

  it("reads long tables from a file", () => {
    const long = toParameters(draft(), `RA,DEC\n${"1,2\n".repeat(300)}`);
    expect(curlCode(long, "http://x")).toMatchObject({ needsFile: true });
    expect(curlCode(long, "http://x").text).not.toContain("1,2");
  });
});
