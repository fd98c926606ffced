import { act, renderHook } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { Outcome } from "../src/api/types";
import { useWalk } from "../src/job/useWalk";

const row = (name: string): Outcome => ({ objid: name }) as Outcome;
const NAMES = ["A", "B", "C", "D"];
const PRESSED = { repeat: false };

/** Walks along the names, as far as they are read. */
function walking(read: number) {
  const show = vi.fn((next: Outcome) => next.objid);
  const props = { at: 0, read };
  const hook = renderHook(
    ({ at, read: known }: typeof props) =>
      useWalk({ previous: at > 0 ? row(NAMES[at - 1] ?? "") : undefined, next: at + 1 < known ? row(NAMES[at + 1] ?? "") : undefined, awaits: { previous: false, next: known < NAMES.length && at + 1 >= known } }, NAMES[at] ?? "", show),
    { initialProps: props },
  );
  return {
    shown: () => show.mock.calls.map(([next]) => next.objid).join(""),
    press: (by: 1 | -1, key = PRESSED) => act(() => hook.result.current(by, key)),
    render: (at: number, known: number) => hook.rerender({ at, read: known }),
  };
}

describe("a key that goes to the next target", () => {
  it("is carried out at once where that is read", () => {
    const walk = walking(4);
    walk.press(1);
    expect(walk.shown()).toBe("B");
  });

  it("is carried out once the rows are there, and another one with it", () => {
    const walk = walking(1);
    walk.press(1);
    walk.press(1);
    expect(walk.shown()).toBe("");
    walk.render(0, 4);
    expect(walk.shown()).toBe("B");
    walk.render(1, 4);
    expect(walk.shown()).toBe("BC");
    walk.render(2, 4);
    expect(walk.shown()).toBe("BC");
  });

  it("counts while the page does not show yet where the last one led", () => {
    const walk = walking(4);
    walk.press(1);
    walk.press(1);
    expect(walk.shown()).toBe("B");
    walk.render(1, 4);
    expect(walk.shown()).toBe("BC");
  });

  it("is taken back by the other key", () => {
    const walk = walking(1);
    walk.press(1);
    walk.press(-1);
    walk.render(0, 4);
    expect(walk.shown()).toBe("");
  });

  it("is forgotten where no target is left", () => {
    const walk = walking(4);
    walk.render(3, 4);
    walk.press(1);
    walk.press(1);
    walk.press(-1);
    expect(walk.shown()).toBe("C");
    walk.render(2, 4);
    expect(walk.shown()).toBe("C");
  });

  it("owes one step at most while it is held down", () => {
    const walk = walking(1);
    for (let times = 0; times < 30; times += 1) walk.press(1, { repeat: times > 0 });
    walk.render(0, 4);
    walk.render(1, 4);
    expect(walk.shown()).toBe("B");
  });
});
