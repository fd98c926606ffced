// @vitest-environment node
import { describe, expect, it } from "vitest";
import { paintDots } from "../src/survey/dots";

const SIZE = { width: 12, height: 9 };
const EDGE = 0xbf000000;
const YELLOW = 0xff4dd8ff;

/** The pixels as letters, row by row. */
function painted(points: [number, number][], ratio = 1): string[] {
  const words = new Uint32Array(SIZE.width * SIZE.height).fill(7);
  paintDots(words, SIZE, [{ points, colour: "#ffd84d" }], ratio);
  const letters = new Map([[0, "."], [EDGE, "e"], [YELLOW, "y"]]);
  return Array.from({ length: SIZE.height }, (_, row) => [...words.slice(row * SIZE.width, (row + 1) * SIZE.width)].map((word) => letters.get(word) ?? "?").join(""));
}

const SQUARE = ["............", "............", "...eeeee....", "...eyyye....", "...eyyye....", "...eyyye....", "...eeeee....", "............", "............"];

describe("many marks", () => {
  it("are squares of their colour with dark edges, on whole pixels", () => {
    expect(painted([[5, 4]])).toEqual(SQUARE);
    expect(painted([[5.3, 3.8]])).toEqual(SQUARE);
  });

  it("are as large on a screen of finer pixels", () => {
    // Ten by ten, but for a row above the canvas.
    expect(painted([[3, 2]], 2).join("").match(/[ey]/g)).toHaveLength(90);
  });

  it("end where the canvas ends, and are left out beyond it", () => {
    expect(painted([[0, 0], [11, 8]])).toEqual(["yye.........", "yye.........", "eee.........", "............", "............", "............", ".........eee", ".........eyy", ".........eyy"]);
    expect(painted([[-9, 4], [40, 4], [5, -9], [5, 40]]).join("")).not.toMatch(/[ey?]/);
  });

  it("have no edge upon each other", () => {
    expect(painted([[4, 4], [6, 4]])[4]).toBe("..eyyyyye...");
  });
});
