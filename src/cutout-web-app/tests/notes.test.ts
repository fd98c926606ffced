import { describe, expect, it } from "vitest";
import { Coverage, skyTargets } from "../src/newjob/coverage";
import { notesOf } from "../src/newjob/notes";
import { coversOf, goodRows, readReport, readTable } from "../src/newjob/reading";
import { withoutRows } from "../src/targets/split";
import type { Covered, TargetCoverage } from "../src/api/types";
import { checkTable, VOCABULARY } from "./vocabulary";

const covered = (row: number, ...covers: Covered[]): TargetCoverage => ({
  row, objid: "", ra: 0, dec: 0,
  coverage: covers.map((each, at) => ({ band: ["90GHz", "150GHz"][at] ?? "", filetype: "filtered", tag: null, maps: 1, covered: each })),
});
const texts = (text: string, targets: TargetCoverage[] = [], warned = [] as Parameters<typeof notesOf>[2]): [string, number[]][] => {
  const checked = checkTable(text);
  return notesOf(checked.rows, new Coverage(goodRows(checked), coversOf(targets)), warned).map((each) => [each.text, [...each.rows]]);
};

describe("notes about rows", () => {
  it("say the same of many rows once, with their number, what is wrong first", () => {
    const text = "1 -50\n2 -50\n400 -50\n401 -50\n402 -50\n3 -50\n3 -50\n";
    expect(texts(text, [covered(1, "outside", "outside"), covered(2, "outside", "outside"), covered(3, "inside", "outside"), covered(4, "inside", "inside")])).toEqual([
      ["3 rows: RA must be from 0 to 360 degrees", [3, 4, 5]],
      ["2 rows lie outside every map", [1, 2]],
      ["1 row lies at the edge of a map, or in some bands only", [6]],
      ["1 row: the same position as row 6", [7]],
    ]);
  });

  it("group what differs in its numbers only, and say so", () => {
    expect(texts("OBJID,RA,DEC\na,1,2\na,2,2\na,3,2\nb,4,2\nb,5,2\n")[0]).toEqual(["3 rows: OBJID is the name of row 1 already, and the like", [2, 3, 5]]);
  });

  it("are few for ten thousand rows, each wrong in one of some ways", () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => [`${at % 360} -95`, `${400 + (at % 500)} -50`, `t${at} 1 2 3`, `${(at / 30).toFixed(2)} -50`][at % 4]);
    const notes = texts(rows.join("\n"));
    expect(notes.length).toBeLessThan(7);
    expect(notes.filter(([, found]) => found.length === 2500)).toHaveLength(3);
  });

  it("have what the service noted of rows, but nothing twice", () => {
    const note = (row: number, message: string) => ({ field: "RA", row, value: null, message });
    const warned = [note(1, "lies outside every map that is selected"), note(2, "is coarse: 6 arcsec"), note(3, "is coarse: 60 arcsec"), note(3, "is the same position, size and time as row 2")];
    expect(texts("1 -50\n2 -50\n2 -50\n", [covered(1, "outside")], warned)).toEqual([
      ["2 rows: RA is coarse: 6 arcsec, and the like", [2, 3]], ["1 row lies outside every map", [1]], ["1 row: the same position as row 2", [3]]]);
  });
});

describe("what the service said of the coverage", () => {
  const checked = checkTable("1 -50\nwrong 400 -50\n2 -50\n3 -50\n4 -50");
  const coverage = new Coverage(goodRows(checked), coversOf([covered(1, "inside", "inside"), covered(2, "outside", "edge"), covered(4, "outside", "outside")]));

  it("is known by the rows of the table, whichever of them were sent", () => {
    expect(checked.rows.map((row) => coverage.stateOf(row))).toEqual(["inside", "unknown", "edge", "unknown", "outside"]);
    expect(checked.rows.map((row) => coverage.byBand(row))[2]).toEqual([["90GHz", "outside"], ["150GHz", "edge"]]);
    expect(skyTargets(checked.rows, coverage).map((each) => each.state)).toEqual(["inside", "edge", "unknown", "outside"]);
  });

  it("has what files are called, where that is not the target's name", () => {
    const named = [{ ...covered(1, "inside"), objid: "M 87", stem: "M_87" }, { ...covered(2, "inside"), objid: "A1", stem: "A1" }];
    const [first, , second] = checked.rows.map((row) => new Coverage(goodRows(checked), coversOf(named)).stemOf(row));
    expect([first, second]).toEqual(["M_87", null]);
  });

  it("is the best of all maps of a band", () => {
    const twice = { ...covered(1, "outside"), coverage: [...covered(1, "outside").coverage, ...covered(1, "inside").coverage, ...covered(1, "edge").coverage] };
    const [first] = checked.rows;
    expect(first && new Coverage(checked.rows, coversOf([twice])).byBand(first)).toEqual([["90GHz", "inside"]]);
  });

  it("is kept without the list of targets, which may be of a hundred thousand", () => {
    const report = readReport(JSON.stringify({ ok: true, problems: [], targets: [covered(1, "inside")] }));
    expect(report).toEqual({ ok: true, problems: [], covers: { bands: ["90GHz"], targets: 1, best: new Uint8Array([3]), stems: new Map() } });
  });
});

describe("rows that are dropped", () => {
  const TABLES = ["1 -50\n2 -50\n# x\n\n3 -50\n4 -50\n", "ra,dec,note\n1,-50,a\n2,-50,\"b\nc\"\n3,-50,\"d\"\n4,-50,e", "\n1 -50\r\n2 -50\r\n3 -50\r\n4 -50"];
  it.each(TABLES)("go from the text, and no others: %j", (text) => {
    const rows = checkTable(text).rows;
    for (let which = 0; which < 16; which += 1) {
      const gone = rows.filter((_, at) => which & (1 << at));
      const left = checkTable(withoutRows(text, gone)).rows.map((row) => row.ra);
      expect(left).toEqual(rows.filter((row) => !gone.includes(row)).map((row) => row.ra));
    }
  });
});

describe("a table that is read", () => {
  it("is sent with its good rows only", () => {
    expect(readTable({ text: "1 -50\n400 -50\n2 -50", mapping: {}, limits: VOCABULARY.limits }).csv).toBe("RA,DEC\n1,-50\n2,-50\n");
  });
});
