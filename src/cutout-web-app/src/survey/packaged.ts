/** Catalogues that the service offers, and which of them are laid over the sky. */
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "../api/client";
import type { SkyCatalogue, SkyObjects } from "../api/types";
import type { Shown } from "./address";
import type { Entry } from "./catalogue";

/** Objects of a catalogue that are fetched and drawn. */
export const MOST_OBJECTS = 20_000;
const [LEAST_RADIUS, MOST_RADIUS] = [6, 15];

const skyCatalogues = queryOptions({
  queryKey: ["sky", "catalogues"],
  queryFn: async ({ signal }) => (await call<{ catalogues: SkyCatalogue[] }>("/api/v1/catalogues", { signal })).catalogues,
  staleTime: 300_000,
});

function skyObjects({ name, version }: SkyCatalogue, mark: number) {
  return queryOptions({
    queryKey: ["sky", "catalogues", name, version],
    queryFn: async ({ signal }) => entriesOf(await call<SkyObjects>(`/api/v1/catalogues/${encodeURIComponent(name)}?MAXREC=${MOST_OBJECTS}`, { signal }), mark),
    staleTime: 3_600_000,
  });
}

/** Objects as they are laid over the map: the largest has the largest mark, areas grow with sizes. */
export function entriesOf({ title, rows }: Pick<SkyObjects, "title" | "rows">, mark: number): Entry[] {
  const largest = rows.reduce((most, { size }) => Math.max(most, size ?? 0), 0);
  return rows.map(({ name, ra, dec, size, link }) => ({
    name,
    ra,
    dec,
    link,
    of: title,
    mark,
    ...(largest > 0 ? { radius: LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * Math.sqrt(Math.max(0, size ?? 0) / largest) } : {}),
  }));
}

/** The names of those that are shown: as the address says, else those that the operator shows at first. */
export function shownNames(all: readonly SkyCatalogue[], { catalogues }: Pick<Shown, "catalogues">): string[] {
  return all.filter(({ name, shown }) => catalogues?.includes(name) ?? shown).map(({ name }) => name);
}

export interface Packaged {
  /** All that there are. */
  all: readonly SkyCatalogue[];
  names: readonly string[];
  /** Objects of those that are shown. */
  entries: readonly Entry[];
  error: unknown;
}

const NONE: readonly SkyCatalogue[] = [];

export function usePackaged(shown: Pick<Shown, "catalogues">): Packaged {
  const { data: all = NONE, error } = useQuery(skyCatalogues);
  const names = shownNames(all, shown);
  const found = useQueries({
    queries: all.map((each, at) => ({ ...skyObjects(each, at), enabled: names.includes(each.name) })),
    combine: (results) => ({ data: results.map(({ data }) => data), error: results.find((each) => each.error)?.error ?? null }),
  });
  const key = names.join();
  const entries = useMemo(
    () => all.flatMap(({ name }, at) => (key.split(",").includes(name) ? (found.data[at] ?? []) : [])),
    [all, key, found.data],
  );
  return { all, names, entries, error: error ?? found.error };
}
