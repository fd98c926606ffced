// @vitest-environment node
// Streams are the real ones there.
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../src/api/types";
import { colourOf, COLOUR_MAPS, DEFAULT_LOOK, inkOn, drawnLook, type ColourMap } from "../src/preview/colours";
import { barLength, compass } from "../src/preview/geometry";
import { readPalettePng } from "../src/preview/png";
import { commonSigma, endsText, rangeOf, shownPart } from "../src/preview/scale";

/** A palette PNG of two by two pixels, each line with another filter. */
function picture(): Uint8Array<ArrayBuffer> {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  const size = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
  const lines = deflateSync(Buffer.from([1, 10, 5, 2, 1, 240]));
  const whole = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk("IHDR", size), chunk("tEXt", Buffer.from("unit\0mK")), chunk("IDAT", lines), chunk("IEND", Buffer.alloc(0))]);
  return new Uint8Array(whole);
}

describe("a preview", () => {
  it("is read entry by entry", async () => {
    expect(await readPalettePng(picture())).toMatchObject({ width: 2, height: 2, entries: new Uint8Array([10, 15, 11, 255]), texts: { unit: "mK" } });
    await expect(readPalettePng(new Uint8Array([1, 2, 3]))).rejects.toThrow("not a PNG");
  });

  it("shows zero white and both ends equally dark", () => {
    const look = drawnLook("light", DEFAULT_LOOK);
    expect(colourOf(look, 0).every((each) => each > 240)).toBe(true);
    const sum = (rgb: readonly number[]): number => rgb.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum(colourOf(look, 1)) - sum(colourOf(look, -1)))).toBeLessThan(120);
    expect(colourOf(look, 7)).toEqual(colourOf(look, 1));
  });

  it("shows zero black on a dark page, unless other colours are chosen", () => {
    expect(colourOf(drawnLook("dark", DEFAULT_LOOK), 0).every((each) => each < 40)).toBe(true);
    expect(drawnLook("dark", { ...DEFAULT_LOOK, map: "diverging" }).map).toBe("diverging");
  });

  it("has signs that stand out from what is about zero, in every colour map", () => {
    for (const map of Object.keys(COLOUR_MAPS) as ColourMap[]) {
      const [red, green, blue] = colourOf({ map, stretch: "linear" }, 0).map((each) => (each / 255) ** 2.2) as [number, number, number];
      const [ground, ink] = [0.2126 * red + 0.7152 * green + 0.0722 * blue, inkOn(map) === "light" ? 1 : 0.008];
      const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
      expect(contrast, map).toBeGreaterThan(3);
    }
  });

  it("has one scale for all epochs of a target and band", () => {
    const narrow = { preview_range: 10, sigma: 1, unit: "mJy" } as Outcome;
    const broad = { preview_range: 40, sigma: 2, unit: "mJy" } as Outcome;
    const sigma = commonSigma([narrow, broad]);
    expect(sigma).toBe(2);
    expect(shownPart(254, rangeOf(narrow), sigma, 5)).toBe(1);
    expect(shownPart(254, rangeOf(broad), sigma, 5)).toBe(4);
    expect(shownPart(127, rangeOf(broad), sigma, 5)).toBe(0);
    expect(endsText(rangeOf(narrow), sigma, 5)).toBe("±10 mJy");
    expect(endsText(rangeOf({} as Outcome), 1, 5)).toBe("±5σ");
  });

  it("has its signs where they belong", () => {
    expect(barLength(10)).toBe(2);
    const ways = compass({ north: 0 });
    expect(ways?.north.map(Math.round)).toEqual([-0, -1]);
    expect(ways?.east.map(Math.round)).toEqual([-1, 0]);
    expect(compass({ north: null })).toBeNull();
  });
});
