import { afterEach, describe, expect, it, vi } from "vitest";
import { placesOf, readBothWays, readingTargets, unclearCandidates } from "../src/newjob/readings";
import { withPlaces } from "../src/targets/write";
import { checkTable } from "./vocabulary";

const AT_A_TIME = 100;
const asked: number[] = [];

/** Responds as the service does: all rows are named, the places of the first of them given. */
const respond = (): void =>
  void vi.stubGlobal("fetch", (_: string, { body }: { body: URLSearchParams }) => {
    const rows = (body.get("POSITIONS") ?? "").trim().split("\n").slice(1).map((line, at) => ({ row: at + 1, hours: Number(line.split(/[:,]/)[0]) }));
    asked.push(rows.length);
    const reading = (name: string, factor: number) => ({ name, write: "", positions: rows.slice(0, AT_A_TIME).map(({ row, hours }) => ({ row, ra: hours * factor, dec: -50 })) });
    const ambiguities = [{ field: "RA", message: "could be hours or degrees", rows: rows.map(({ row }) => row), readings: [reading("hours", 15), reading("degrees", 1)] }];
    return Promise.resolve(new Response(JSON.stringify({ ok: false, problems: [], targets: [], ambiguities }), { headers: { "Content-Type": "application/json" } }));
  });

afterEach(() => asked.splice(0));

const TEXT = "OBJID,RA,DEC\na,12:00,-50\nb,1,-50\nc,400,-50\nd,13:00,-50\ne,1\n";

describe("positions that can be read in two ways", () => {
  it("are asked for with the rows whose positions could not be read, and are on the sky in both", async () => {
    respond();
    const checked = checkTable(TEXT);
    const candidates = unclearCandidates(checked.rows);
    expect(candidates.map((row) => row.row)).toEqual([1, 3, 4]);
    const [unclear] = await readBothWays(candidates.filter((row) => row.row !== 3));
    expect(unclear?.rows.map((row) => row.row)).toEqual([1, 4]);
    expect(readingTargets(unclear ? [unclear] : []).map(({ name, ra, state }) => [name, ra, state])).toEqual([
      ["row 1", 180, "hours"], ["row 4", 195, "hours"], ["row 1", 12, "degrees"], ["row 4", 13, "degrees"]]);
  });

  it("are all known once a reading is picked, however few the service gives at a time", async () => {
    respond();
    const rows = unclearCandidates(checkTable(`RA,DEC\n${Array.from({ length: 250 }, (_, at) => `${at % 24}:00,-50`).join("\n")}\n`).rows);
    const [unclear] = await readBothWays(rows);
    const places = unclear ? await placesOf(unclear, "hours") : new Map();
    expect([...places.keys()].sort((a, b) => a - b)).toEqual(rows.map((row) => row.row));
    expect(places.get(3)).toMatchObject({ ra: 30, dec: -50 });
    expect(asked).toEqual([250, 150, 50]);
  });

  it("are written in place of what was unclear, and every other row stays", () => {
    const checked = checkTable(TEXT);
    const text = withPlaces(TEXT, checked, new Map([[1, { ra: 180, dec: -50 }], [4, { ra: 195, dec: -50 }]]));
    expect(text).toBe("OBJID,RA,DEC\na,180,-50\nb,1,-50\nc,400,-50\nd,195,-50\ne,1\n");
    expect(checkTable(text).rows.map((row) => row.problems.length)).toEqual([0, 0, 1, 0, 1]);
  });
});
