import { afterEach, describe, expect, it, vi } from "vitest";
import { readTableFile } from "../src/targets/files";
import { checkTable } from "./vocabulary";

const FK4 = '<VOTABLE><COOSYS ID="b" system="eq_FK4"/></VOTABLE>';
const HOURS = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, unit: hourangle, datatype: float64}\n# - {name: dec, unit: deg, datatype: float64}\nra dec\n1 2\n";

const sent: string[] = [];
const respond = (body: string, status = 200): void =>
  void vi.stubGlobal("fetch", async (address: string, init: { body: FormData }) => {
    sent.push(`${address} ${await (init.body.get("table") as File).text()}`);
    return new Response(body, { status, headers: { "Content-Type": status === 200 ? "text/csv" : "application/problem+json" } });
  });
const refuse = (message: string, field = "POSITIONS", row: number | null = null): void =>
  respond(JSON.stringify({ detail: message, problems: [{ field, row, value: null, message }] }), 400);

afterEach(() => sent.splice(0));

describe("a file with a table", () => {
  it.each([["a VOTable", FK4], ["ECSV", HOURS], ["CSV", "RA,DEC\n1,-50\n"]])("is read by the service: %s", async (_, text) => {
    respond("RA,DEC\n20.5,-50\n");
    expect((await readTableFile(new File([text], "t"))).text).toBe("RA,DEC\n20.5,-50\n");
    expect(sent).toEqual([`/api/v1/cutout/table ${text}`]);
  });

  it.each([["must be ICRS, the table says 'FK4'", FK4], ["must be in degrees, the table says 'hourangle'", HOURS]])("is not read otherwise once the service refuses it: %s", async (message, text) => {
    refuse(message, "RA");
    await expect(readTableFile(new File([text], "t"))).rejects.toThrow(`could not be read: RA ${message}`);
  });

  it.each(["SIMPLE  =                    T", "PK\u0003\u0004"])("of another kind is refused in the service's words: %j", async (text) => {
    refuse("the table is not of a kind that is read; send CSV, VOTable or ECSV");
    await expect(readTableFile(new File([text], "t"))).rejects.toThrow("send CSV, VOTable or ECSV");
  });

  it("without units is shown with its faults, so that its columns can be chosen and its rows mended", async () => {
    refuse("the table has no such column, only 'lon', 'lat'", "RA");
    expect((await readTableFile(new File(["lon,lat\r\n20,-50\r\n"], "t"))).text).toBe("lon,lat\n20,-50\n");
    refuse("the row has 1 field, the first line 2", "POSITIONS", 2);
    expect((await readTableFile(new File(["ra,dec\n1,2\n3\n"], "t"))).text).toBe("ra,dec\n1,2\n3\n");
  });

  it("without units is kept as it is while the service is away; one with units is not", async () => {
    respond(JSON.stringify({ detail: "away" }), 503);
    expect((await readTableFile(new File(["1 -50\n"], "t"))).text).toBe("1 -50\n");
    await expect(readTableFile(new File([FK4], "t"))).rejects.toThrow("could not be read");
  });

  it.each([
    ["VOTable", "FK4 (B1950)", "The file was read as VOTable; its positions are in FK4 (B1950) and became ICRS."],
    ["CSV", "galactic", "The file was read as CSV; its positions are in galactic and became ICRS."],
    ["FITS table", "ICRS", "The file was read as FITS table."],
    ["CSV", "ICRS", ""],
    ["CSV", "FK5 (J2000)", ""],
  ])("says what the service took it for: %s in %s", async (kind, frame, said) => {
    const headers = { "Content-Type": "text/csv", "X-Table-Kind": kind, "X-Table-Frame": frame };
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("RA,DEC\n20.5,-50\n", { headers })));
    expect((await readTableFile(new File(["a table"], "t"))).readAs).toBe(said);
  });

  it("says which columns the service read under another name", async () => {
    respond("name,RA,DEC,flux\nB1,0.25,-57.8,1\n");
    const { text, renamed } = await readTableFile(new File(["\uFEFFname;RAJ2000;DEJ2000;flux\r\nB1;0.25;-57.8;1\r\n"], "t"));
    expect(renamed).toEqual([["RAJ2000", "RA"], ["DEJ2000", "DEC"]]);
    expect(checkTable(text).renamed).toEqual([["name", "OBJID"]]);
  });
});

describe("columns that could be a coordinate", () => {
  it.each(["RAJ2000,RA_ICRS,DEJ2000\n1,2,-50\n", "_RAJ2000;RAJ2000;DEJ2000\n1;2;-50\n", "ra,RA,dec\n1,2,-50\n"])("are not chosen among: %j", (text) => {
    const [problem] = checkTable(text).problems;
    expect(problem?.field).toBe("RA");
    expect(problem?.message).toMatch(/could be any of .*RA.*, RA.*; choose one under Columns/i);
    expect(checkTable(text, { RA: 1 }).rows[0]).toMatchObject({ ra: 2, problems: [] });
  });
});
