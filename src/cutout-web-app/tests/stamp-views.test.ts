// @vitest-environment node
// Streams are the real ones there.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../src/api/types";
import { comparedWith, likeRow } from "../src/job/openStamp";
import { DEFAULT_LOOK } from "../src/preview/colours";
import { hasLook, readLook, withoutLook, writeLook } from "../src/preview/lookQuery";
import { pictureAsPdf } from "../src/preview/pdf";
import { oneScale, scaleByTarget } from "../src/preview/scale";

const row = (change: Partial<Outcome>): Outcome => ({ target: 0, objid: "A", map_id: "m", band: "150GHz", filetype: "filtered", obsid: "1", preview: "p.png", file: "f.fits", date_beg: null, ...change }) as Outcome;

describe("the stamps that an open one is compared with", () => {
  const first = row({ map_id: "a", obsid: "2", date_beg: "2020-03-01" });
  const second = row({ map_id: "b", obsid: "1", date_beg: "2020-02-01" });
  const other = row({ map_id: "c", band: "90GHz", obsid: "2" });
  const early = row({ map_id: "d", band: "90GHz", obsid: "1" });
  const none = row({ map_id: "e", band: "220GHz", preview: null });
  const rows = [early, other, first, second, none, row({ map_id: "g", band: "220GHz", filetype: "passthrough" })];

  it("are its epochs in order of time, and the same observation in other bands", () => {
    expect(comparedWith(rows, first)).toEqual({ epochs: [second, first], bands: [other, first] });
    expect(comparedWith(rows, second).bands).toEqual([early, second]);
  });

  it("and of another target that of its map, else of its band, else any", () => {
    expect(likeRow(rows, row({ map_id: "c", band: "90GHz" }))).toBe(other);
    expect(likeRow(rows, row({ map_id: "elsewhere" }))).toBe(first);
    expect(likeRow(rows, row({ map_id: "elsewhere", band: "280GHz" }))).toBe(early);
    expect(likeRow([row({ preview: null, file: null })], first)).toBeUndefined();
  });
});

describe("one scale for all", () => {
  it("is by the middle noise of each unit, where else each target has its own", () => {
    const noisy = [1, 2, 40].map((sigma) => row({ sigma, preview_range: 5 * sigma, unit: "mK" }));
    const all = [...noisy, row({ sigma: 7, preview_range: 35, unit: "uK" }), row({ sigma: 100, preview_range: 500, unit: "mK", preview: null })];
    const [, , noisiest] = noisy as [Outcome, Outcome, Outcome];
    expect(oneScale(all)(noisiest, [])).toBe(2);
    expect(oneScale(all)(row({ sigma: 3, preview_range: 15, unit: "uK" }), [])).toBe(7);
    expect(oneScale([])(noisiest, [])).toBe(40);
    expect(scaleByTarget(noisiest, noisy)).toBe(40);
  });
});

describe("the look in an address", () => {
  it("comes back as it was written, and says nothing that is as at first", () => {
    const query = new URLSearchParams("tab=targets");
    writeLook(query, DEFAULT_LOOK);
    expect(query.toString()).toBe("tab=targets");
    const look = { map: "grey", stretch: "asinh", sigma: 3 } as const;
    writeLook(query, look);
    expect(readLook(query)).toEqual(look);
    expect(withoutLook(query).toString()).toBe("tab=targets");
  });

  it("is written whole for a colleague, who may like another one", () => {
    const query = new URLSearchParams();
    writeLook(query, DEFAULT_LOOK, { all: true });
    expect([hasLook(query), hasLook(new URLSearchParams("tab=x")), readLook(query)]).toEqual([true, false, DEFAULT_LOOK]);
  });
});

describe("a picture as a PDF", () => {
  it("has its pixels without loss, a table of its objects, and a title of any characters", async () => {
    const data = new Uint8ClampedArray([255, 0, 0, 255, 1, 2, 3, 255]);
    const pdf = await pictureAsPdf({ width: 2, height: 1, data, colorSpace: "srgb" }, 144, "±5σ (A)");
    const bytes = new Uint8Array(await new Response(pdf).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    expect(text.startsWith("%PDF-1.4\n")).toBe(true);
    expect(text).toContain("/MediaBox [0 0 1.00 0.50]");
    expect(text).toContain("<feff00b1003503c30020002800410029>");
    const table = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    expect(text.slice(table, table + 8)).toBe("xref\n0 7");
    const offsets = [...text.matchAll(/^(\d{10}) 00000 n /gm)].map(([, each]) => Number(each));
    expect(offsets.map((at) => text.slice(at, at + 7))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `${number} 0 obj`));
    const begin = text.indexOf("stream\n", offsets[4]) + 7;
    const packed = bytes.slice(begin, begin + Number(/FlateDecode \/Length (\d+)/.exec(text)?.[1]));
    const pixels = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    expect([...new Uint8Array(await new Response(pixels).arrayBuffer())]).toEqual([255, 0, 0, 1, 2, 3]);
  });
});
