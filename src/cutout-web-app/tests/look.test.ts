import { describe, expect, it } from "vitest";
import type { Validation } from "../src/api/types";
import { DEFAULT_LOOK } from "../src/preview/colours";
import { positionText, readLookAddress, writeLookAddress } from "../src/look/lookAddress";
import { cutAddress, type Asked } from "../src/look/cutting";
import { readImages } from "../src/stamps/fits";
import { draftFor, firstObserved } from "../src/look/handing";
import { findPosition, usualSize } from "../src/look/position";
import { commonNoise, noiseOf, pixelAt, readingAt, readStamps, type Stamp } from "../src/stamps/stamps";
import { emptyDraft } from "../src/newjob/draft";
import { VOCABULARY } from "./vocabulary";

const WCS = ["CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  = 10.", "CRVAL2  = -50.", "CRPIX1  = 2.", "CRPIX2  = 2.", "CDELT1  = -0.0041666666666667", "CDELT2  = 0.0041666666666667", "RADESYS = 'ICRS'"];

/** An image HDU of 3 by 2 pixels with these cards. */
function hdu(first: string, cards: readonly string[], values: readonly number[]): Uint8Array {
  const axes = ["BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 3", `NAXIS2  = ${values.length / 3}`];
  const head = [first, ...axes, ...cards, "END"].map((card) => card.padEnd(80)).join("");
  const bytes = new Uint8Array(2880 * Math.ceil(head.length / 2880) + 2880);
  bytes.fill(32, 0, 2880 * Math.ceil(head.length / 2880));
  bytes.set(new TextEncoder().encode(head));
  const view = new DataView(bytes.buffer, 2880 * Math.ceil(head.length / 2880));
  values.forEach((value, at) => view.setFloat32(4 * at, value));
  return bytes;
}

function file(...hdus: Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(hdus.reduce((sum, each) => sum + each.length, 0));
  hdus.reduce((at, each) => (whole.set(each, at), at + each.length), 0);
  return whole.buffer;
}

const SCI = ["EXTNAME = 'SCI     '           / the map's 'own'", "EXTVER  = 1", "BAND    = '150GHz  '", "BUNIT   = 'mK'", "BMAJ    = 0.02 / [deg]", "SRC_MAP = 'a''b'", "TARG_X  = 2.0", "TARG_Y  = 1.0", "NORTH_PA= -1.5E0", "COVERED = 0.5", ...WCS];
const FILE = file(
  hdu("SIMPLE  = T", SCI, [1, 2, 3, 4, 0, NaN]),
  hdu("XTENSION= 'IMAGE'", ["EXTNAME = 'WGT'", "EXTVER  = 1", "BUNIT   = 'mK-2'"], [1, 1, 4, 1, 0, 1]),
  hdu("XTENSION= 'IMAGE'", ["EXTNAME = 'SCI'", "EXTVER  = 2", "BAND    = '220GHz'", ...WCS], [7, 8, 9]),
);

describe("the file of the stamps", () => {
  it("is read with its bands, units and weights, and what is not observed is NaN", () => {
    const [one, other] = readStamps(FILE) as [Stamp, Stamp];
    expect([one.band, one.map, one.unit, one.weightUnit, one.width, one.height]).toEqual(["150GHz", "a'b", "mK", "mK-2", 3, 2]);
    expect([...one.values]).toEqual([1, 2, 3, 4, NaN, NaN]);
    expect([one.target, one.north, one.covered]).toEqual([{ x: 1, y: 0 }, -1.5, 0.5]);
    expect(one.beam).toBeCloseTo(1.2, 6);
    expect(one.scale).toBeCloseTo(0.25, 6);
    expect([other.band, other.weights, other.beam]).toEqual(["220GHz", null, null]);
    expect([...other.values]).toEqual([7, 8, 9]);
  });

  it("is refused where it is no FITS file, or not whole", () => {
    expect(() => readImages(new TextEncoder().encode("<html>".padEnd(5760)).buffer)).toThrow("not a FITS file");
    expect(() => readImages(FILE.slice(0, 2884))).toThrow("incomplete");
  });

  it("is read at positions: the pixel in which they lie, and nothing beside the stamp", () => {
    const [stamp] = readStamps(FILE) as [Stamp];
    const sky = stamp.grid?.toSky({ x: 2.3, y: -0.3 });
    expect(sky && readingAt(stamp, sky)).toEqual({ value: 3, weight: 4 });
    expect(readingAt(stamp, { ra: 10, dec: -49 })).toBeNull();
    expect(pixelAt(stamp, { x: 2.6, y: 0 })).toBeNull();
  });
});

describe("the scale", () => {
  const stamp = (values: number[], unit = "mK"): Stamp => ({ ...(readStamps(FILE) as [Stamp])[0], unit, values: Float32Array.from(values) });
  it("is by the middle noise of all bands, which outliers do not change", () => {
    expect(noiseOf({ values: Float32Array.from([-1, 0, 1, NaN, 1000]) })).toBeCloseTo(1.4826, 4);
    expect(noiseOf({ values: Float32Array.from([NaN, NaN]) })).toBeNull();
    const bands = [stamp([-1, 0, 1]), stamp([-3, 0, 3]), stamp([-9, 0, 9]), stamp([-99, 0, 99], "mJy")];
    expect(commonNoise(bands, "mK")).toBeCloseTo(3 * 1.4826, 4);
    expect(commonNoise(bands, "K")).toBeNull();
  });
});

describe("the address", () => {
  const shown = { pos: "SPT-CL J0000-5748", size: 12.5, isNorthUp: true, look: { map: "grey", stretch: "asinh", sigma: 8 }, half: 0.25 } as const;
  it("shows a colleague the same", () => {
    expect(readLookAddress(writeLookAddress(shown))).toEqual(shown);
    const plain = { pos: "", size: null, isNorthUp: false, look: DEFAULT_LOOK, half: null };
    expect(writeLookAddress(plain).toString()).toBe("");
    expect(readLookAddress(new URLSearchParams("size=x&sigma=-1&half=&colours=toString&projection=ZEA"))).toEqual(plain);
  });

  it("writes a position as the service reads it", () => expect(positionText({ ra: 0.24991234, dec: -57.80661 })).toBe("0.24991 -57.80661"));
});

const TARGET = { row: 1, objid: "spt3gJ000059.9-574823.7", ra: 0.25, dec: -57.8, coverage: [] };
const report = (part: Partial<Validation>): Validation => ({ ok: true, problems: [], targets: [], ...part });

describe("what the service reads in a text", () => {
  it("is a place, with a name where it has one, and what is to be said of it", () => {
    const warnings = [{ field: "RA", row: 1, value: "x", message: "the position is the one in the name, known to 1 min in RA" }, { field: "SIZE", row: null, value: null, message: "of no row" }];
    const named = findPosition(report({ targets: [{ ...TARGET, objid: "A" }], warnings }));
    expect(named).toMatchObject({ kind: "place", place: { name: "A", remarks: [warnings[0]?.message] } });
    expect(findPosition(report({ targets: [TARGET] }))).toMatchObject({ kind: "place", place: { name: null, ra: 0.25 } });
    expect(named.kind === "place" && usualSize(named.place, 10)).toBe(25);
    expect(usualSize({ remarks: [] }, 10)).toBe(10);
  });

  it("is refused in its words, and two readings or two positions are no place", () => {
    expect(findPosition(report({ ok: false, problems: [{ field: "DEC", row: 1, value: "95", message: "must be from -90 to 90 degrees" }] }))).toEqual({
      kind: "refused",
      messages: ["Declination must be from -90 to 90 degrees"],
    });
    expect(findPosition(report({ targets: [TARGET, { ...TARGET, row: 2 }] }))).toEqual({ kind: "several", count: 2 });
    const readings = (["hours", "degrees"] as const).map((name) => ({ name, write: "", positions: [{ row: 1, ra: name === "hours" ? 188.5 : 12.5, dec: -50 }] }));
    const unclear = findPosition(report({ ok: false, ambiguities: [{ field: "RA", message: "m", rows: [1], readings }] }));
    expect(unclear).toEqual({ kind: "unclear", message: "m", readings: [{ name: "hours", place: { ra: 188.5, dec: -50 } }, { name: "degrees", place: { ra: 12.5, dec: -50 } }] });
  });
});

describe("what leads on", () => {
  const asked: Asked = { ra: 0.25, dec: -57.8, name: "A, b", size: 12, isNorthUp: true };
  it("asks for the stamps of all bands in one request", () => {
    expect(cutAddress(asked)).toBe("/api/v1/cutout/sync?RA=0.25&DEC=-57.8&SIZE=12&PROJECTION=TAN&OBJID=A%2C+b");
  });

  it("fills the form with the same stamps, or with the light curve since the first observation", () => {
    const empty = emptyDraft(VOCABULARY);
    const stamps = draftFor(asked, "stamps", empty, VOCABULARY, "2020-03-01");
    expect(stamps).toEqual({ ...empty, text: 'OBJID,RA,DEC\n"A, b",0.25,-57.8\n', xsize: "12", projection: "TAN" });
    expect(draftFor({ ...asked, name: null }, "curve", empty, VOCABULARY, "2020-03-01")).toMatchObject({ text: "RA,DEC\n0.25,-57.8\n", choice: "dates", dateStart: "2020-03-01", products: ["lightcurve"] });
    const group = { band: "150GHz", filetype: "filtered", maps: 1, first: "2020-03-05T01:02:03", last: null };
    expect(firstObserved({ snapshot: "1", groups: [{ ...group, tag: "t", first: "2019-01-01" }, { ...group, tag: null }] })).toBe("2020-03-05");
    expect(firstObserved(undefined)).toBeNull();
  });
});
