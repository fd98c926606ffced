import { expect, test } from "vitest";
import { filterParameters, isWhole, nextSort, readView, viewParameters, WHOLE_VIEW, writeView, type RowView } from "../src/job/rowView";

const VIEW: RowView = { statuses: ["ok", "partial"], bands: ["150GHz"], text: "A 1", snr: 4.5, sort: { column: "snr", direction: "descending" } };

test("the address keeps a view, and what else it has", () => {
  const address = writeView(new URLSearchParams("tab=targets&target=A&map=m"), VIEW);
  expect(address.get("tab")).toBe("targets");
  expect(address.get("target")).toBe("A");
  expect(readView(address)).toEqual(VIEW);
  expect(writeView(address, WHOLE_VIEW).toString()).toBe("tab=targets&target=A&map=m");
  expect(isWhole(readView(new URLSearchParams("tab=targets")))).toBe(true);
});

test.each(["sort=colour", "sort=--snr", "snr=", "snr=x", "snr=Infinity", "status=good"])("of an address that somebody wrote, %s is left out", (search) => {
  expect(readView(new URLSearchParams(search))).toEqual(WHOLE_VIEW);
});

test("the service is asked for the same, and a tar for the rows only", () => {
  expect([...viewParameters(VIEW)]).toEqual([
    ["STATUS", "ok"],
    ["STATUS", "partial"],
    ["BAND", "150GHz"],
    ["TEXT", "A 1"],
    ["SNR", "4.5 +Inf"],
    ["SORT", "-snr"],
  ]);
  expect(filterParameters(VIEW).has("SORT")).toBe(false);
  expect([...viewParameters(WHOLE_VIEW)]).toEqual([]);
});

test("a head sorts by its column, then the other way round, then as requested", () => {
  const first = nextSort(null, "snr");
  expect(first).toEqual({ column: "snr", direction: "descending" });
  const second = nextSort(first, "snr");
  expect(second).toEqual({ column: "snr", direction: "ascending" });
  expect(nextSort(second, "snr")).toBeNull();
  expect(nextSort(second, "objid")).toEqual({ column: "objid", direction: "ascending" });
});
