import type { Vocabulary } from "../src/api/types";
import { checkTable as checkWithin, type Checked } from "../src/targets/check";
import type { Mapping } from "../src/targets/columns";

/** What the service says that a request may say. */
export const VOCABULARY: Vocabulary = {
  bands: [{ name: "90GHz", aliases: ["95GHz"] }, { name: "150GHz", aliases: [] }, { name: "220GHz", aliases: [] }],
  filetypes: ["passthrough", "filtered", "coadd-subtracted"].map((name) => ({ name, summary: `how ${name}` })),
  products: ["fits", "preview", "lightcurve"].map((name) => ({ name, summary: `what ${name} is`, stamps: name !== "lightcurve" })),
  projections: ["native", "TAN"],
  orders: ["nearest", "bilinear", "bicubic", "adaptive", "exact"].map((name) => ({ name, antialiased: name === "adaptive" || name === "exact" })),
  defaults: { size: 10, bands: ["90GHz", "150GHz", "220GHz"], filetypes: ["passthrough", "filtered"], newest_filetypes: ["filtered"], products: ["fits"], projection: "native", order: "bilinear", pad: true },
  limits: { targets: 10_000, size_min: 0.25, size_max: 120, pixel_scale_min: 0.05, pixel_scale_max: 10 },
  map_pixel_scale: 0.25,
};

export function checkTable(text: string, mapping: Mapping = {}, limits = VOCABULARY.limits): Checked {
  return checkWithin(text, mapping, limits);
}
