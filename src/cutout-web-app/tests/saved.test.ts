import { expect, test } from "vitest";
import { emptyDraft } from "../src/newjob/draft";
import { ofPreset, presetOf } from "../src/saved/kept";
import { VOCABULARY } from "./vocabulary";

const draft = { ...emptyDraft(VOCABULARY), xsize: "7", projection: "TAN" as const, pixelScale: "0.5", text: "1 -50\n", runId: "mine" };

test("a preset holds the choices of the form and neither its targets nor the job's name", () => {
  const preset = presetOf(draft);
  expect(preset).toMatchObject({ SIZE: "7", PROJECTION: "TAN", PIXEL_SCALE: "0.5" });
  expect(Object.keys(preset)).not.toContain("POSITIONS");
  expect(Object.keys(preset)).not.toContain("RUNID");
});

test("a preset that is used brings its choices back and leaves the targets alone", () => {
  const other = { ...emptyDraft(VOCABULARY), text: "2 -55\n", fileName: "t.csv", runId: "other" };
  expect(ofPreset(presetOf(draft), VOCABULARY, other)).toEqual({ ...draft, text: "2 -55\n", fileName: "t.csv", runId: "other" });
});

test("presets that a script has made are read too", () => {
  const made = ofPreset({ SIZE: 5, BANDS: ["150GHz"], PAD: false }, VOCABULARY, draft);
  expect([made.xsize, made.bands, made.pad, made.text]).toEqual(["5", ["150GHz"], false, draft.text]);
});
