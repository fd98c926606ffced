import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { beforeEach, describe, expect, it } from "vitest";
import { useLook } from "../src/job/useLook";
import { DEFAULT_LOOK, drawnLook, type ChosenLook } from "../src/preview/colours";

const OLDER = "spt3g-look";
const wrapper = ({ children }: { children: ReactNode }): ReactNode => <MemoryRouter>{children}</MemoryRouter>;
const opened = (): ReturnType<typeof renderHook<ReturnType<typeof useLook>, unknown>>["result"] => renderHook(() => useLook(), { wrapper }).result;
const shown = (): ChosenLook => opened().current[0];

describe("the kept look", () => {
  beforeEach(() => localStorage.clear());

  it("keeps the stretch and the scale of an older release, whose colours nobody had chosen", () => {
    localStorage.setItem(OLDER, JSON.stringify({ map: "diverging", stretch: "asinh", sigma: 3 }));
    expect(shown()).toEqual({ map: null, stretch: "asinh", sigma: 3 });
    expect(drawnLook("dark", shown()).map).toBe("night");
  });

  it("keeps colours of an older release that were chosen", () => {
    localStorage.setItem(OLDER, JSON.stringify({ map: "heat", stretch: "linear", sigma: 5 }));
    expect(shown().map).toBe("heat");
  });

  it.each(["", "{", "7", "[]", '{"map":"no such","stretch":"linear","sigma":5}', '{"sigma":-1}'])("begins as at first with %j", (kept) => {
    localStorage.setItem(OLDER, kept);
    expect(shown()).toEqual(DEFAULT_LOOK);
  });

  it("keeps colours that are chosen now, also those of light pages", () => {
    localStorage.setItem(OLDER, JSON.stringify({ map: "diverging", stretch: "asinh", sigma: 3 }));
    const first = opened();
    act(() => first.current[1]({ ...first.current[0], map: "diverging" }));
    expect(shown()).toEqual({ map: "diverging", stretch: "asinh", sigma: 3 });
  });
});
