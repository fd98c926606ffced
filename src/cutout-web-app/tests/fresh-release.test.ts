import { afterEach, expect, test, vi } from "vitest";
import { reloadForFreshRelease } from "../src/shell/freshRelease";

afterEach(() => {
  vi.useRealTimers();
  sessionStorage.clear();
});

test("a part of the app that is gone is fetched by one reload, and by another only after a minute", () => {
  vi.useFakeTimers();
  const reload = vi.fn();
  reloadForFreshRelease(reload);
  const fail = (): boolean => window.dispatchEvent(new Event("vite:preloadError"));
  fail();
  fail();
  expect(reload).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(61_000);
  fail();
  expect(reload).toHaveBeenCalledTimes(2);
});
