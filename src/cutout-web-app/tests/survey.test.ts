import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { SkyCatalogue, SkyLayer } from "../src/api/types";
import { chosenLayer, compositeOf, otherBands, readAddress, writeAddress } from "../src/survey/address";
import { boxBetween, cornersOf, objectsBetween } from "../src/survey/box";
import { catalogueOf, inView, lookText, nearest, placed } from "../src/survey/catalogue";
import { scaleBar } from "../src/survey/chart";
import { gridOf, KNOWN_PROJECTIONS } from "../src/survey/grid";
import { entriesOf, shownNames } from "../src/survey/packaged";
import { combinedWord, Palette } from "../src/survey/paint";
import { boxTable, placesTable } from "../src/survey/tables";
import { bounded, fromScreen, levelFor, MAX_ZOOM, panned, tileOnScreen, tilesFor, toScreen, wholeView, zoomedAt } from "../src/survey/view";

interface Case {
  name: string;
  projection: string;
  frame: string;
  wcs: SkyLayer["wcs"];
  places: [number, number, number, number][];
}

const CASES = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/data/sky_pixels.json"), "utf-8")) as Case[];

const LAYER: SkyLayer = {
  id: "a", version: "1", band: "150GHz", filetype: "filtered", tag: "t", field: "f", unit: "mK", weight_unit: null, planes: ["SCI"], beam_arcmin: 1.2,
  width: 1000, height: 600, observed_box: [0, 0, 1000, 600], pixel_scale_arcmin: 0.25, projection: "ZEA", frame: "ICRS", wcs: {},
  levels: [
    { factor: 4, width: 250, height: 150, tiles_across: 1, tiles_up: 1 },
    { factor: 2, width: 500, height: 300, tiles_across: 2, tiles_up: 2 },
    { factor: 1, width: 1000, height: 600, tiles_across: 4, tiles_up: 3 },
  ],
};
const SIZE = { width: 800, height: 500 };

describe("the grid of a map", () => {
  it.each(CASES)("has places where wcslib has them: $name", (each) => {
    const grid = gridOf(each);
    expect(grid).not.toBeNull();
    for (const [x, y, ra, dec] of each.places) {
      const sky = grid?.toSky({ x, y });
      expect(sky?.dec).toBeCloseTo(dec, 7);
      expect((((((sky?.ra ?? NaN) - ra + 180) % 360) + 360) % 360) - 180).toBeCloseTo(0, 7);
      const back = grid?.toMap({ ra, dec });
      expect(back?.x).toBeCloseTo(x, 4);
      expect(back?.y).toBeCloseTo(y, 4);
    }
  });

  it("covers every projection that it knows", () => {
    expect(new Set(CASES.map(({ projection }) => projection))).toEqual(new Set(KNOWN_PROJECTIONS));
  });

  it("is none where the projection or the frame is another one", () => {
    const [first] = CASES as [Case, ...Case[]];
    expect(gridOf({ ...first, projection: "HPX" })).toBeNull();
    expect(gridOf({ ...first, frame: "FK4" })).toBeNull();
    expect(gridOf({ ...first, wcs: { ...first.wcs, EQUINOX: 1975 } })).toBeNull();
  });
});

describe("the view", () => {
  it("shows all that is observed at first, and a point of the screen is the place that it shows", () => {
    const view = wholeView(LAYER, SIZE);
    const [left, top] = toScreen(view, SIZE, { x: 0, y: 599 });
    expect(left).toBeGreaterThan(0);
    expect(top).toBeGreaterThan(0);
    const place = fromScreen(view, SIZE, [123, 45]);
    const [x, y] = toScreen(view, SIZE, place);
    expect([x, y]).toEqual([expect.closeTo(123), expect.closeTo(45)]);
  });

  it("keeps the place under the pointer when it is enlarged, within bounds", () => {
    const view = { x: 500, y: 300, zoom: 1 };
    const before = fromScreen(view, SIZE, [100, 400]);
    const after = zoomedAt(view, SIZE, [100, 400], 2, 0.1);
    expect(after.zoom).toBe(2);
    expect(toScreen(after, SIZE, before)).toEqual([expect.closeTo(100), expect.closeTo(400)]);
    expect(zoomedAt(view, SIZE, [0, 0], 1e9, 0.1).zoom).toBe(MAX_ZOOM);
    expect(zoomedAt(view, SIZE, [0, 0], 1e-9, 0.1).zoom).toBe(0.1);
  });

  it("moves with the pointer and does not leave the map", () => {
    const view = panned({ x: 500, y: 300, zoom: 2 }, 100, 50);
    expect([view.x, view.y]).toEqual([450, 325]);
    expect(bounded(panned(view, 1e6, -1e6), LAYER)).toMatchObject({ x: 0, y: 0 });
  });

  it("takes the level whose pixels are about those of the screen", () => {
    expect([0.1, 0.37, 0.38, 0.74, 0.76, 1, 40].map((zoom) => levelFor(LAYER, zoom))).toEqual([0, 0, 1, 1, 2, 2, 2]);
  });

  it("asks for the coarsest tile first, then for those in the view, none twice and none beside the map", () => {
    const view = { x: 500, y: 300, zoom: 1 };
    const tiles = tilesFor(LAYER, view, SIZE);
    expect(tiles[0]).toEqual({ level: 0, x: 0, y: 0 });
    expect(new Set(tiles.map((each) => JSON.stringify(each))).size).toBe(tiles.length);
    expect(tiles).toHaveLength(1 + 4 * 3);
    expect(tilesFor(LAYER, { x: 0, y: 0, zoom: 10 }, SIZE).slice(1)).toEqual([{ level: 2, x: 0, y: 0 }]);
  });

  it("puts tiles side by side, by the centres of their pixels", () => {
    const view = { x: 0, y: 0, zoom: 2 };
    const [left, , right, bottom] = tileOnScreen(LAYER, view, SIZE, { level: 2, x: 0, y: 0 });
    expect([left, bottom]).toEqual([399, 251]);
    expect(right).toBe(tileOnScreen(LAYER, view, SIZE, { level: 2, x: 1, y: 0 })[0]);
  });

  it("has a scale bar of a usual length", () => {
    expect(scaleBar(0.25)).toEqual({ text: "30\u2032", pixels: 120 });
    expect(scaleBar(3).text).toBe("5°");
    expect(scaleBar(0.01).text).toBe("1\u2032");
  });
});

describe("the address", () => {
  it("says again what it was read from", () => {
    const text = "layer=a&plane=WGT&ra=10.500000&dec=-57.000000&scale=0.25&low=-1&high=2.5&stretch=asinh&colours=grey&graticule=off";
    expect(writeAddress(readAddress(new URLSearchParams(text))).toString()).toBe(text);
    expect(writeAddress(readAddress(new URLSearchParams(""))).toString()).toBe("");
  });

  it("takes nonsense as not given", () => {
    const shown = readAddress(new URLSearchParams("ra=x&dec=1&scale=-1&low=2&high=1&stretch=toString&colours=__proto__&plane=RMS"));
    expect(shown).toMatchObject({ place: null, scale: null, limits: null, stretch: "linear", colours: null, plane: "SCI" });
  });

  it("begins with the best map, and finds its other bands", () => {
    const other = { ...LAYER, id: "b", band: "90GHz" };
    const layers = [{ ...LAYER, id: "p", filetype: "passthrough" }, other, LAYER];
    expect(chosenLayer(layers, null)?.id).toBe("a");
    expect(chosenLayer(layers, "p")?.id).toBe("p");
    expect(chosenLayer(layers, "gone")?.id).toBe("a");
    expect(otherBands(layers, LAYER).map(({ id }) => id)).toEqual(["b", "a"]);
  });
});

describe("three bands at once", () => {
  const bands = ["90GHz", "150GHz", "220GHz"].map((band) => ({ ...LAYER, id: band, band }));

  it("are red, green and blue from the lowest to the highest", () => {
    expect(compositeOf(bands).map(({ band }) => band)).toEqual(["90GHz", "150GHz", "220GHz"]);
    const four = [...bands, { ...LAYER, id: "280GHz", band: "280GHz" }];
    expect(compositeOf(four).map(({ band }) => band)).toEqual(["90GHz", "220GHz", "280GHz"]);
  });

  it("are not offered where there are fewer, or where one has other pixels", () => {
    expect(compositeOf(bands.slice(1))).toEqual([]);
    expect(compositeOf([...bands.slice(0, 2), { ...LAYER, width: 999 }])).toEqual([]);
    expect(compositeOf([...bands.slice(0, 2), { ...LAYER, wcs: { CRVAL1: 1 } }])).toEqual([]);
  });

  it("have a colour where all of them are observed, of their lightnesses", () => {
    const grey = new Palette({ low: 0, high: 1, stretch: "linear", colours: "grey" });
    const [black, white] = [grey.word(0), grey.word(1)];
    const mixed = combinedWord(white, black, black);
    expect([mixed & 255, (mixed >>> 8) & 255, (mixed >>> 16) & 255, mixed >>> 24]).toEqual([white & 255, black & 255, black & 255, 255]);
    expect(combinedWord(white, grey.word(NaN), white)).toBe(0);
    expect(readAddress(writeAddress({ ...readAddress(new URLSearchParams()), isComposite: true }))).toMatchObject({ isComposite: true });
  });
});

describe("a box on the sky", () => {
  const [first] = CASES as [Case, ...Case[]];
  const grid = gridOf(first);
  const [x, y] = [first.places[0]?.[0] ?? 0, first.places[0]?.[1] ?? 0];

  it("is the same from whichever corner it is drawn, and comes back to its corners", () => {
    const box = boxBetween(LAYER, grid, { x: x - 8, y: y + 4 }, { x: x + 8, y: y - 4 });
    expect(box).toMatchObject({ across: 4, up: 2 });
    expect(boxBetween(LAYER, grid, { x: x + 8, y: y + 4 }, { x: x - 8, y: y - 4 })).toEqual(box);
    const [low, high] = (box && cornersOf(LAYER, grid, box)) ?? [];
    expect([low?.x, low?.y, high?.x, high?.y]).toEqual([x - 8, y - 4, x + 8, y + 4].map((each) => expect.closeTo(each, 4) as number));
    expect(boxBetween(LAYER, null, { x, y }, { x, y })).toBeNull();
  });

  it("has the objects between its corners, and none beside them", () => {
    const objects = [0, 3, 9].map((right) => ({ entry: { name: `x${right}`, ra: 0, dec: 0 }, at: { x: x + right, y } }));
    expect(objectsBetween(objects, { x: x + 4, y: y - 1 }, { x: x - 1, y: y + 1 }).map(({ name }) => name)).toEqual(["x0", "x3"]);
    expect(objectsBetween(objects, { x, y: y + 1 }, { x: x + 9, y: y + 2 })).toEqual([]);
  });

  it("and its objects are tables of targets", () => {
    expect(boxTable({ ra: 10.5, dec: -57, across: 12.345, up: 8 })).toBe("RA,DEC,XSIZE,YSIZE\n10.500000,-57.000000,12.35,8.00\n");
    expect(placesTable([{ ra: 1, dec: 2 }])).toBe("RA,DEC\n1.000000,2.000000\n");
    expect(placesTable([{ ra: 1, dec: 2 }, { name: "A, b", ra: 3, dec: -4 }])).toBe('OBJID,RA,DEC\n,1.000000,2.000000\n"A, b",3.000000,-4.000000\n');
  });
});

describe("the palette", () => {
  it("has the colours' ends at the limits and nothing for what is not observed", () => {
    const palette = new Palette({ low: -1, high: 3, stretch: "linear", colours: "grey" });
    expect(palette.word(NaN)).toBe(0);
    expect(palette.word(-1)).toBe(palette.word(-100));
    expect(palette.word(3)).toBe(palette.word(1e9));
    expect(palette.word(Infinity)).toBe(palette.word(3));
    expect(palette.word(1) & 255).toBeGreaterThan(palette.word(-1) & 255);
    expect(palette.word(1) & 255).toBeLessThan(palette.word(3) & 255);
  });
});

describe("objects that are laid over the sky", () => {
  const target = (row: number, objid: string, ra: number, dec: number) => ({ row, objid, ra, dec, coverage: [] });
  const problem = { field: "DEC", row: 3, value: "95", message: "must be from -90 to 90 degrees" };

  it("are those that the service read, and what it did not read is told", () => {
    const { entries, refused, reason } = catalogueOf("t", { targets: [target(1, "A", 1, 2), target(2, "B", 3, 4)], problems: [problem], bad_rows: [3] });
    expect(entries).toEqual([{ name: "A", ra: 1, dec: 2 }, { name: "B", ra: 3, dec: 4 }]);
    expect([refused, reason]).toEqual([1, "row 3: DEC must be from -90 to 90 degrees"]);
    expect(catalogueOf("t", { targets: [], problems: [{ ...problem, row: null }] }).refused).toBe(1);
  });

  it("are met by a click beside them, the nearest first, and by none that is far", () => {
    const [first] = CASES as [Case, ...Case[]];
    const grid = gridOf(first);
    const all = placed([1, 4].map((x) => ({ name: `x${x}`, ...(grid?.toSky({ x: first.places[0]?.[0] ?? 0, y: (first.places[0]?.[1] ?? 0) + x }) ?? { ra: 0, dec: 0 }) })), grid);
    const at = all[1]?.at ?? { x: 0, y: 0 };
    expect(nearest(all, { x: at.x + 0.2, y: at.y }, 2)?.name).toBe("x4");
    expect(nearest(all, { x: at.x + 9, y: at.y }, 2)).toBeNull();
    expect(placed([{ name: "A", ra: 1, dec: 2 }], null)).toEqual([]);
  });

  it("are looked at by their positions, with a name that cannot be misread", () => {
    expect(lookText({ name: "SPT-CL J0000-5748", ra: 0.2499, dec: -57.8066 })).toBe("SPT-CL J0000-5748 0.24990 -57.80660");
    expect(lookText({ name: "12:34, a", ra: 1, dec: 2 })).toBe("1.00000 2.00000");
    expect(lookText({ ra: 1, dec: 2 })).toBe("1.00000 2.00000");
  });

  it("have marks whose areas grow with their sizes, and none of their own where nothing is known", () => {
    const row = (name: string, size: number | null) => ({ name, ra: 1, dec: 2, size, link: null });
    const [large, small, blank, below] = entriesOf({ title: "T", rows: [row("a", 400), row("b", 100), row("c", null), row("d", -5)] }, 1);
    expect([large?.radius, small?.radius, blank?.radius, below?.radius]).toEqual([15, 10.5, 6, 6]);
    expect(large).toMatchObject({ of: "T", mark: 1 });
    expect(entriesOf({ title: "T", rows: [row("a", null)] }, 1)[0]).not.toHaveProperty("radius");
  });

  it("are of the catalogues that the address names, else of those that the operator shows", () => {
    const all = [["a", true], ["b", false]].map(([name, shown]) => ({ name, shown }) as SkyCatalogue);
    const names = (text: string): string[] => shownNames(all, readAddress(new URLSearchParams(text)));
    expect([names(""), names("catalogues=b,gone"), names("catalogues=none"), names("catalogues=../x")]).toEqual([["a"], ["b"], [], []]);
    for (const catalogues of [null, [], ["a", "b"]]) {
      expect(readAddress(writeAddress({ ...readAddress(new URLSearchParams()), catalogues })).catalogues).toEqual(catalogues);
    }
  });

  it("are in the view where their places are", () => {
    const entry = (name: string, x: number, y: number) => ({ entry: { name, ra: 0, dec: 0 }, at: { x, y } });
    const all = [entry("in", 499, 300), entry("beside", 701, 300), entry("above", 500, 426), entry("corner", 700, 425)];
    expect(inView(all, { x: 500, y: 300, zoom: 2 }, SIZE).map(({ name }) => name)).toEqual(["in", "corner"]);
  });

  it("are the targets of a job where the address names one", () => {
    const job = "0123456789abcdef0123456789abcdef";
    expect(writeAddress(readAddress(new URLSearchParams(`job=${job}`))).get("job")).toBe(job);
    expect(readAddress(new URLSearchParams("job=../x")).job).toBeNull();
  });
});
