// @vitest-environment node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import configure from "../vite.config";

const FOLDER = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf-8");

describe("yarn install", () => {
  it("takes the same Vite for the app and for its tests, as npm does", () => {
    const { devDependencies, resolutions } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    expect(resolutions).toEqual({ vite: devDependencies?.vite });
  });
});

describe("npm start and yarn start", () => {
  it("serve port 3000 or nothing, and say so", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(scripts.start).toBe("vite");
    expect(configure({ command: "serve", mode: "development" }).server).toMatchObject({ port: 3000, strictPort: true });
  });
});
