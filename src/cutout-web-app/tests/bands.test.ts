import { describe, expect, it } from "vitest";
import { bandList, bandShape, bandShort, bandText, bandToken, compareBands, rememberBands } from "../src/bands";
import { columnTitle } from "../src/job/rows";

describe("bands of any site", () => {
  it.each([["150GHz", "150 GHz", "150"], ["r", "r", "r"], ["f090", "f090", "f090"], ["F200W", "F200W", "F200W"]])(
    "writes %s so that it can be read",
    (name, text, short) => {
      expect([bandText(name), bandShort(name)]).toEqual([text, short]);
    },
  );

  it("tells a unit once where all have it", () => {
    expect(bandList(["90GHz", "150GHz"])).toBe("90, 150 GHz");
    expect(bandList(["r", "150GHz"])).toBe("r, 150 GHz");
    expect(bandList([])).toBe("");
  });

  it("tells up to six bands apart by colour, and neighbours by shape", () => {
    const names = ["u", "g", "r", "i", "z", "y"];
    rememberBands(names);
    expect(new Set(names.map(bandToken)).size).toBe(6);
    names.slice(1).forEach((name, at) => expect(bandShape(name)).not.toBe(bandShape(names[at] ?? "")));
    rememberBands(["90GHz", "150GHz", "220GHz"]);
    expect(["90GHz", "150GHz", "220GHz"].map(bandToken)).toEqual(["band-0", "band-1", "band-2"]);
  });

  it("sorts frequencies as numbers and other bands by their names", () => {
    expect(["220GHz", "r", "90GHz", "g", "150GHz"].sort(compareBands)).toEqual(["90GHz", "150GHz", "220GHz", "g", "r"]);
  });

  it("titles a column of previews by band and kind", () => {
    expect([columnTitle("150GHz filtered"), columnTitle("r image")]).toEqual(["150 GHz, filtered", "r, image"]);
  });
});
