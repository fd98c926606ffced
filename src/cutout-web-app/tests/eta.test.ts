import { describe, expect, it } from "vitest";
import { QueryClient } from "@tanstack/react-query";
import { countUnchanged, pollInterval, takeEvent } from "../src/api/events";
import type { Job, JobEntry } from "../src/api/types";
import { rangeText } from "../src/shell/texts";
import { addSample, etaSeconds, etaText, type Sample } from "../src/jobs/eta";

const seen = (...pairs: [number, number][]): Sample[] => pairs.reduce<Sample[]>((samples, [at, done]) => addSample(samples, { at, done }), []);

describe("the time left", () => {
  it("is not said before there is enough to go by", () => {
    expect(etaSeconds([], 100, 5)).toBeNull();
    expect(etaSeconds(seen([0, 0], [1, 40]), 100, 1)).toBeNull();
    expect(etaSeconds(seen([0, 0], [10, 2]), 100, 10)).toBeNull();
  });

  it("is what is left at the rate that was seen", () => {
    expect(etaSeconds(seen([0, 0], [5, 25], [10, 50]), 100, 10)).toBeCloseTo(10);
  });

  it("does not count the wait before the first progress", () => {
    expect(etaSeconds(seen([100, 10], [110, 60]), 110, 110)).toBeCloseTo(10);
  });

  it("shrinks while the work goes on evenly", () => {
    const left = [20, 40, 60, 80].map((at) => etaSeconds(seen([0, 0], [at, at]), 100, at) ?? NaN);
    expect(left).toEqual([...left].sort((a, b) => b - a));
  });

  it("grows while nothing happens, instead of promising", () => {
    const samples = seen([0, 0], [10, 50]);
    expect(etaSeconds(samples, 100, 30)).toBeGreaterThan(etaSeconds(samples, 100, 10) ?? Infinity);
  });

  it("starts anew when the count goes back, and is nothing at the end", () => {
    expect(addSample(seen([0, 50]), { at: 1, done: 3 })).toEqual([{ at: 1, done: 3 }]);
    expect(etaSeconds(seen([0, 0], [10, 100]), 100, 10)).toBeNull();
  });

  it("is shown in steps", () => {
    expect([4, 42, 125, 5400].map(etaText)).toEqual(["a few seconds", "about 40 s", "about 2 min", "about 1.5 h"]);
  });
});

describe("polling", () => {
  it("stands in for events only, and slows down", () => {
    expect(pollInterval("live", true, 0)).toBe(false);
    expect(pollInterval("polling", false, 0)).toBe(false);
    expect(pollInterval("polling", true, 0)).toBe(2000);
    expect(pollInterval("polling", true, 5)).toBeGreaterThan(10_000);
    expect(pollInterval("polling", true, 50)).toBe(30_000);
    const unchanged = countUnchanged();
    const [first, second] = [{}, {}];
    expect([unchanged(first, 1), unchanged(first, 2), unchanged(first, 4), unchanged(second, 5), unchanged(second, 6)]).toEqual([0, 1, 3, 0, 1]);
  });
});

describe("an event", () => {
  it("of the service's shape moves the progress of the page that shows the job", () => {
    const queries = new QueryClient();
    const progress = { parts_total: 2, parts_left: 1, pairs_total: 0, pairs_done: 0 };
    const outcomes = { ok: 0, partial: 0, outside: 0, no_data: 0, failed: 0 };
    queries.setQueryData(["job", "a"], { jobId: "a", phase: "EXECUTING", jobInfo: { progress, outcomes, snapshot: "1-x" } });
    const now = { progress: { ...progress, pairs_total: 9, pairs_done: 4 }, outcomes: { ...outcomes, ok: 4 } };
    takeEvent(queries, { id: "a", phase: "EXECUTING", jobInfo: now } as unknown as JobEntry);
    expect(queries.getQueryData<Job>(["job", "a"])?.jobInfo).toEqual({ ...now, snapshot: "1-x" });
  });
});

describe("the time that a request will take", () => {
  it("is a range, or one number where both ends read alike", () => {
    expect([rangeText(5.2, 41), rangeText(0.3, 0.9), rangeText(60, 60.2)]).toEqual(["5 s to 41 s", "about 1 s", "about 1 min"]);
  });
});
