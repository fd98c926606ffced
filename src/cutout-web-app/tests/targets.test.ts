import { describe, expect, it } from "vitest";
import { badRowsCsv, keepGood, toCsv } from "../src/targets/write";
import { checkTable, VOCABULARY } from "./vocabulary";

const places = (text: string): (number | null)[][] => checkTable(text).rows.map((row) => [row.ra, row.dec]);
const problems = (text: string): string[] =>
  checkTable(text).rows.flatMap((row) => row.problems.map((each) => `${each.field} ${row.row}: ${each.message}`));

describe("pasted positions", () => {
  it("mean the same in every notation and with every separator", () => {
    const text = ["188.73625 -57.806611111", "188.73625,-57.806611111", "188.73625\t-57.806611111", "188.73625; \u221257.806611111",
      "12:34:56.7 -57:48:23.8", "12 34 56.7 -57 48 23.8", "12 34 56.7, -57 48 23.8", "12h34m56.7s\t-57d48m23.8s", "A1 +188.73625 -57.806611111"].join("\n");
    for (const [ra, dec] of places(text)) {
      expect(ra).toBeCloseTo(188.73625, 9);
      expect(dec).toBeCloseTo(-57.806611111, 8);
    }
    expect(places(text)).toHaveLength(9);
  });

  it("name the row and the reason when they are wrong", () => {
    expect(problems("20.0 -50.0\n400 -50")).toEqual(["RA 2: must be from 0 to 360 degrees"]);
    expect(problems("12:34 -50")[0]).toMatch(/RA 1: has two numbers, which can be read in two ways/);
    expect(problems("10 20 30")[0]).toMatch(/three numbers; say what they are/);
    expect(problems("17")[0]).toMatch(/is one value/);
  });

  it("may have comments of any language, and both coordinates on lines of their own", () => {
    for (const mark of ["#", "%", "!", "//", "--"]) expect(places(`${mark} mine\nRA,DEC\n20,-50\n  ${mark} more\n21,-51\n`)).toEqual([[20, -50], [21, -51]]);
    expect(places("RA(J2000) = 20.0\nDec(J2000) = -50.0\n21 -51\n")).toEqual([[20, -50], [21, -51]]);
  });

  it("may have three numbers of each coordinate under one title, or the index of pandas before each row", () => {
    expect(places("name RA DEC z\na 01 20 00 -50 30 00 0.7\nb 01 24 00.0 -51 00 00.0 1\n")).toEqual([[20, -50.5], [21, -51]]);
    expect(places("     RA   DEC name\n0  20.0 -50.5    a\n17 21.0 -51.0    b\n")).toEqual([[20, -50.5], [21, -51]]);
    expect(problems("name RA DEC\na 61 20 00 -50 70 00\n")).toEqual(["POSITIONS 1: the row has 7 fields, the first line 3"]);
  });

  it("are read by the service where a program printed them in columns", () => {
    expect(checkTable("   RA      DEC  \n  deg      deg  \n------- --------\n   0.25    -57.8\n").problems[0]?.message).toMatch(/upload it/);
  });

  it("skip comments and blank lines without losing the count of rows", () => {
    expect(problems("# mine\n\n20 -50\n\n20 -95\n")).toEqual(["DEC 2: must be from -90 to 90 degrees"]);
  });

  it("take names before and behind", () => {
    const rows = checkTable("A1 20 -50\n21 -50 3C273\n22, -50").rows;
    expect(rows.map((row) => row.name)).toEqual(["A1", "3C273", "spt3gJ012800.0-500000.0"]);
  });
});

describe("a table with a heading", () => {
  it("is read by the names of its columns, similar names too, and says so", () => {
    const checked = checkTable("\uFEFFname;RAJ2000;DEJ2000;flux;SIZE\r\nA1;20;-50;3;7\r\nA2;21;-51;4;8\r\n");
    expect(checked.rows.map((row) => [row.name, row.ra, row.dec])).toEqual([["A1", 20, -50], ["A2", 21, -51]]);
    expect(checked.renamed).toEqual([["name", "OBJID"], ["RAJ2000", "RA"], ["DEJ2000", "DEC"]]);
    expect(checked.unused.map((each) => each.name)).toEqual(["flux", "SIZE"]);
    expect(checked.unused[1]?.advice).toMatch(/XSIZE and YSIZE/);
  });

  it("is named by the first column that can name every row, or by positions", () => {
    const first = checkTable("source;id;ra;dec\nSPT;7;20;-50\nSPT;8;21;-51\n");
    expect(first.rows.map((row) => row.name)).toEqual(["7", "8"]);
    expect(first.unused.map((each) => each.name)).toEqual(["source"]);
    expect(checkTable("name;ra;dec\nSPT;20;-50\nSPT;21;-51\n").rows.map((row) => row.name)).toEqual([
      "spt3gJ012000.0-500000.0", "spt3gJ012400.0-510000.0"]);
  });
  it("asks for the columns that no name tells", () => {
    const checked = checkTable("lon,lat\n20,-50\n");
    expect(checked.problems.map((each) => each.field)).toEqual(["RA", "DEC"]);
    expect(checkTable("lon,lat\n20,-50\n", { RA: 0, DEC: 1 }).rows[0]).toMatchObject({ ra: 20, dec: -50, problems: [] });
  });

  it("keeps sizes and times of rows, and checks them", () => {
    const checked = checkTable("RA,DEC,XSIZE,TMIN,TMAX\n20,-50,500,,\n20,-50,5,58600,58500\n20,-50,5,2458600,\n");
    expect(checked.rows.map((row) => row.problems[0]?.message)).toEqual([
      "must be from 0.25 to 120 arcmin", "is after TMAX, 58500",
      "must be a modified Julian date, which is the Julian date less 2400000.5"]);
  });

  it("refuses rows of another length, paths, and names given twice", () => {
    expect(problems("OBJID,RA,DEC\n../1,20,-50\nA2,20\nA3,1,2\nA3,1,3\na3,1,2\nCON,1,2\n").map((each) => each.slice(0, 40))).toEqual([
      "OBJID 1: is a path, not a name of an obj", "POSITIONS 2: the row has 2 fields, the f", "OBJID 4: is the name of row 3 already"]);
  });

  it("reads quoted cells, also with separators and line ends in them", () => {
    const checked = checkTable('OBJID,note,RA,DEC\nA1,"a, ""b""\nc",20,-50\nA2,,21,-51\n');
    expect(checked.rows.map((row) => [row.name, row.ra])).toEqual([["A1", 20], ["A2", 21]]);
  });

  it("warns of a position that is there twice", () => {
    expect(checkTable("20 -50\n20.0 -50.0").rows[1]?.warning).toBe("the same position as row 1");
  });

  it("says when there are too many rows", () => {
    expect(checkTable("1 2\n3 4\n5 6", {}, { ...VOCABULARY.limits, targets: 2 }).problems[0]?.message).toMatch(/3 targets are more than the 2/);
  });
});

describe("what is written back", () => {
  const checked = checkTable("A1 20 -50\nA2 400 -50\nA3 12:00:00 -50:00:00");

  it("keeps the good rows as they were written", () => expect(keepGood(checked)).toBe("OBJID,RA,DEC\nA1,20,-50\nA3,12:00:00,-50:00:00\n"));
  it("lists the bad rows with their reasons", () =>
    expect(badRowsCsv(checked)).toBe("ROW,OBJID,RA,DEC,PROBLEM\n2,A2,400,-50,RA 400: must be from 0 to 360 degrees\n"));
  it("is the same table when it is read again", () =>
    expect(checkTable(toCsv(checked.rows)).rows.map((row) => row.cells)).toEqual(checked.rows.map((row) => row.cells)));
});

describe("ten thousand rows", () => {
  it("are checked in well under half a second", () => {
    const text = `OBJID,RA,DEC\n${Array.from({ length: 10_000 }, (_, at) => `t${at},${(at * 0.036) % 360},${-42 - (at % 28)}`).join("\n")}`;
    const begun = performance.now();
    expect(checkTable(text).rows).toHaveLength(10_000);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
