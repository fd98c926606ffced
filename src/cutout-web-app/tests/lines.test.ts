import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { formatDegrees, formatDec, formatRa, parseDec, parseRa } from "../src/sky/coordinates";
import { parseObjid, positionName } from "../src/sky/names";
import { readLine } from "../src/targets/lines";
import { keepGood, toCsv } from "../src/targets/write";
import { checkTable } from "./vocabulary";

interface Case {
  text: string;
  name?: string;
  ra?: number;
  dec?: number;
  field?: string;
  refused?: string;
}

const shared = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/data/target_lines.json"), "utf8")) as Case[];

describe("a line with a target", () => {
  it.each(shared)("is read or refused as by the service: $text", ({ text, name, ra = 0, dec = 0, field, refused }) => {
    const { rows } = checkTable(text);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    if (refused !== undefined) {
      expect(row?.problems[0]).toMatchObject({ field, message: refused });
      return;
    }
    expect(row?.problems).toEqual([]);
    expect(row?.name).toBe(name);
    expect(row?.ra).toBeCloseTo(ra, 7);
    expect(row?.dec).toBeCloseTo(dec, 7);
  });

  it.each(shared.filter(({ refused }) => refused === undefined))("is the same target when the page has written it as CSV: $text", ({ text }) => {
    const before = checkTable(text).rows;
    const after = checkTable(toCsv(before)).rows;
    expect(after.map(({ name, ra, dec }) => ({ name, ra, dec }))).toEqual(before.map(({ name, ra, dec }) => ({ name, ra, dec })));
  });

  it("is never swallowed as a heading", () => {
    for (const first of ["Abell 2744", "SPT-CL J0000-5748", "RA: 0.2499, Dec: -57.8066", "NGC 253 -25.3", "M 87", "http://simbad/x"]) {
      expect(checkTable(`${first}\n20 -50\n21 -51\n`).rows).toHaveLength(3);
    }
  });

  it("is not read where a comment above says that it is something else", () => {
    for (const text of ["# dec ra\n-57.8 0.25\n", "# name,l,b\nA1,310.5,-58.2\n", "# %ECSV 1.0\n# ---\n# - {name: ra, unit: hourangle}\nra dec\n0.01 -57.8\n", "# ra_hours dec\n0.01 -57.8\n"]) {
      expect(checkTable(text).problems[0]?.message).toMatch(/upload it/);
    }
    for (const text of ["# name RA DEC\nA1 0.25 -57.8\n", "# ra dec\n0.25 -57.8\n", "# my targets\n0.25 -57.8\n", "0.25 -57.8\n"]) {
      expect(checkTable(text).problems).toEqual([]);
    }
  });

  it("says how well a position in a name is known", () => {
    expect(checkTable("SPT-CL J0000-5748").rows[0]?.warning).toMatch(/known to 1 min in RA/);
    expect(checkTable("SPT-CL J0000-5748 0.2499 -57.8066").rows[0]?.warning).toBeNull();
  });
});

describe("what the page shows", () => {
  it("goes back in", () => {
    for (let at = 0; at < 500; at += 1) {
      const [ra, dec] = [(at * 137.508) % 360, -89 + ((at * 73.31) % 178)];
      for (const text of [`${formatDegrees(ra)}° ${formatDegrees(dec)}°`, `${formatRa(ra)} ${formatDec(dec)}`, positionName(ra, dec)]) {
        const found = readLine(text);
        expect(Math.abs(parseRa(found.ra) - ra)).toBeLessThan(1 / 2400 + 1e-4);
        expect(Math.abs(parseDec(found.dec) - dec)).toBeLessThan(1 / 36_000 + 2e-4);
      }
    }
  });
});

describe("a name", () => {
  const names = ["SPT-CL J0000\u22125748", "NGC 253", "\u03b7 Car", "a/b", 'the "A", b; c', "# 1", "CON", "\u5929\u9e45\u5ea7 X-1", "O'Neil", "x".repeat(100)];

  it("is never changed on its way through the page", () => {
    const csv = toCsv(checkTable(names.map((name, at) => `"${name.replaceAll('"', '""')}", ${at}, -50`).join("\n")).rows);
    expect(checkTable(csv).rows.map((row) => row.name)).toEqual(names);
    expect(keepGood(checkTable(csv))).toBe(csv);
  });

  it.each(["../a", "a\u0007", "a\u202eb", "x".repeat(101)])("is refused when nobody could see it or it is a path: %j", (name) => {
    expect(() => parseObjid(name)).toThrow();
  });
});
