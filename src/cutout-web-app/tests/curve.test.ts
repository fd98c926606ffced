import { describe, expect, it } from "vitest";
import { curvesOf, dateTicks, drawn, measured, momentOfMjd, ticks, timeRange, valueRange, type Measured, type Point } from "../src/job/curve";
import { downloadScript, notebookCode } from "../src/job/scripts";

const point = (change: Partial<Point>): Point => ({ band: "150GHz", filetype: "filtered", field: "f", obsid: "1", mjd: 58849.5, status: "ok", value: 1, error: 0.5, unit: "mJy", reason: null, ...change });

describe("light curves", () => {
  it("share an axis only where kind and unit are the same", () => {
    const curves = curvesOf([
      point({ filetype: "passthrough", unit: "mK", band: "220GHz" }), point({ filetype: "passthrough", unit: "mK", band: "90GHz" }),
      point({}), point({ unit: "Jy" }), point({ status: "no-data", value: null, unit: "mJy" })]);
    expect(curves.map(({ filetype, unit, bands, points, without }) => [filetype, unit, bands.join(), points.length, without])).toEqual([
      ["passthrough", "mK", "90GHz,220GHz", 2, 0], ["filtered", "mJy", "150GHz", 1, 1], ["filtered", "Jy", "150GHz", 1, 0]]);
  });

  it("are of flux densities where there are any, whatever the map's unit", () => {
    const row = point({ filetype: "passthrough", value: null, error: null, unit: null });
    expect(drawn({ ...row, flux: 12, flux_err: 3 })).toMatchObject({ value: 12, error: 3, unit: "mJy" });
    expect(drawn({ ...row, flux: 12, flux_err: null })).toMatchObject({ value: 12, error: null, unit: "mJy" });
    for (const each of [row, { ...row, flux: null }, point({})]) expect(drawn(each)).toBe(each);
  });

  it("without any value still tell how many observations there are", () => {
    expect(curvesOf([point({ value: null }), point({ value: null })])).toEqual([{ filetype: "filtered", unit: "", bands: [], points: [], without: 2 }]);
  });

  it("are drawn with their whole errors, and a single point has room around it", () => {
    const [low, high] = valueRange([point({}), point({ value: -2, error: 3 })] as Measured[]);
    expect(low).toBeLessThan(-5);
    expect(high).toBeGreaterThan(1.5);
    for (const [from, to] of [valueRange([point({ value: 0, error: null })] as Measured[]), timeRange([point({})] as Measured[])]) expect(from).toBeLessThan(to);
  });

  it("have round numbers at their axes", () => {
    expect(ticks([-0.26, 0.52], 5)).toEqual([-0.2, 0, 0.2, 0.4]);
    expect(ticks([1e-7, 9e-7], 4)).toEqual([2e-7, 4e-7, 6e-7, 8e-7]);
  });

  it.each([
    ["a season and another", [58800.3, 58800.9, 58801.2, 58830.1, 59200.5, 59201.5], [58800.3, 59200.5]],
    ["one night", [58849.1, 58849.2, 58849.9], [58849.1]],
    ["a year, day by day", Array.from({ length: 365 }, (_, at) => 59000.25 + at), [59000.25, 59073.25, 59146.25, 59219.25, 59292.25]],
  ])("have dates only where there are observations: %s", (_, mjds, dates) => {
    expect(dateTicks(mjds.map((mjd) => point({ mjd })), [mjds[0] ?? 0, mjds.at(-1) ?? 0], 5)).toEqual(dates);
  });

  it("tell times as dates and values as far as their errors go", () => {
    expect(momentOfMjd(58849.5)).toBe("2020-01-01 12:00");
    expect([measured(12.3456, 0.23), measured(12.3456, null), measured(1234.6, 50)]).toEqual(["12.35 ± 0.23", "12.35", "1235 ± 50"]);
  });

  it("are in the scripts of the jobs that make them", () => {
    expect(downloadScript("http://s", "j", true)).toContain("fetch -o j-lightcurve.fits http://s/files/jobs/j/out/lightcurve.fits\n");
    expect(notebookCode("http://s", "j", true)).toContain("lightcurve.fits");
    expect(downloadScript("http://s", "j", false) + notebookCode("http://s", "j", false)).not.toContain("lightcurve");
  });
});
