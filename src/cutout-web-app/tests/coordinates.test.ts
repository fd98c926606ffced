import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { formatDec, formatRa, parseDec, parseRa } from "../src/sky/coordinates";
import { positionName } from "../src/sky/names";
import { attempt } from "../src/sky/refusal";

interface Case {
  text: string;
  degrees?: number;
  refused?: string;
}

const shared = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../tests/data/coordinates.json"), "utf8"),
) as { ra: Case[]; dec: Case[] };

describe.each([
  ["right ascension", parseRa, shared.ra],
  ["declination", parseDec, shared.dec],
] as const)("a %s", (_, parse, cases) => {
  it.each(cases)("is read or refused as by the service: $text", ({ text, degrees, refused }) => {
    const result = attempt(() => parse(text));
    if (degrees === undefined) expect(result).toEqual({ refused });
    else expect("value" in result && Math.abs(result.value - degrees)).toBeLessThan(1e-9);
  });
});

describe("sexagesimal text", () => {
  it("reads back as the same place", () => {
    for (let at = 0; at < 2000; at += 1) {
      const ra = (at * 137.508) % 360;
      const dec = -90 + ((at * 73.31) % 180);
      expect(Math.abs(parseRa(formatRa(ra, 8)) - ra)).toBeLessThan(1e-9);
      expect(Math.abs(parseDec(formatDec(dec, 7)) - dec)).toBeLessThan(1e-9);
    }
  });

  it("never says a full turn", () => expect(formatRa(359.9999999999, 2)).toBe("23:59:59.99"));
});

describe("the name of a position", () => {
  it("cuts digits off, as the service does", () => {
    expect(positionName(0.2499, -57.8066)).toBe("spt3gJ000059.9-574823.7");
    expect(positionName(328.59916666666663, 0)).toBe("spt3gJ215423.8+000000.0");
  });
});
