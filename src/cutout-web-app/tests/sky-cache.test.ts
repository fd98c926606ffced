import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SkyLayer } from "../src/api/types";
import { tileKey, TileStore } from "../src/survey/tiles";
import type { TilePlace } from "../src/survey/view";

const LAYER = { id: "m", version: "1" } as unknown as SkyLayer;
const BOUND = 320;
const VIEW = 12;

/** The places of a view somewhere on a map of a thousand tiles a side, by a generator that gives the same each time. */
function wandering(seed: number): () => TilePlace[] {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
  return () => {
    const [x, y, level] = [next(1000), next(1000), next(5)];
    return Array.from({ length: VIEW }, (_, at) => ({ level, x: x + (at % 4), y: y + Math.floor(at / 4) }));
  };
}

const keyOf = (place: TilePlace): string => tileKey(LAYER, "SCI", place);

async function shown(store: TileStore, places: readonly TilePlace[]): Promise<void> {
  store.request([LAYER], "SCI", places);
  await vi.waitFor(() => expect(store.missing).toBe(0), { interval: 1 });
}

beforeEach(() => vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 204 }))));

describe("the tiles that a page keeps", () => {
  it.each([1, 2, 3])("stay below their bound over thousands of places, and have what is in view (%i)", async (seed) => {
    const [store, wander, seen] = [new TileStore(), wandering(seed), new Set<string>()];
    for (let view = 0; view < 150; view += 1) {
      const places = wander();
      await shown(store, places);
      for (const place of places) seen.add(keyOf(place));
    }
    const kept = [...seen].filter((key) => store.get(key));
    expect(seen.size).toBeGreaterThan(3 * BOUND);
    expect(kept.length).toBeLessThanOrEqual(BOUND);
    expect(store.missing).toBe(0);
  });

  it("may be more than that where a view alone needs more", async () => {
    const store = new TileStore();
    const places = Array.from({ length: BOUND + 80 }, (_, x) => ({ level: 0, x, y: 0 }));
    await shown(store, places);
    expect(places.every((place) => store.get(keyOf(place)))).toBe(true);
  });
});
