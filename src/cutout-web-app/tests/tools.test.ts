// @vitest-environment node
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import configure from "../vite.config";

const FOLDER = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf-8");

describe("the lock file of Yarn 1", () => {
  it("has the versions of npm's, and names no registry", () => {
    execFileSync(process.execPath, ["tools/yarn-lock.mjs", "--check"], { cwd: FOLDER });
    expect(read("yarn.lock")).not.toContain("://");
  });

  it("has an entry for everything that package.json asks for", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    const lock = read("yarn.lock");
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(lock).toMatch(new RegExp(`(^|\\n|, )"?${name}@${version.replaceAll(".", "\\.")}"?[:,]`));
    }
  });
});

describe("npm start and yarn start", () => {
  it("serve port 3000 or nothing, and say so", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    expect(scripts.start).toBe("vite");
    expect(configure({ command: "serve", mode: "development" }).server).toMatchObject({ port: 3000, strictPort: true });
  });
});
