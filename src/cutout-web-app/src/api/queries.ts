/** What the pages read, each under one key. */
import { queryOptions } from "@tanstack/react-query";
import { call, keepCsrf } from "./client";
import type { Account, Footprint, Job, MapSummary, ServiceStatus, Vocabulary } from "./types";

const JOBS = "/api/v1/cutout/async";

export const account = queryOptions({
  queryKey: ["account"],
  queryFn: async ({ signal }) => {
    const found = await call<Account>("/api/v1/account", { signal });
    keepCsrf(found.csrf ?? null);
    return found;
  },
  staleTime: 60_000,
});

export const summary = queryOptions({
  queryKey: ["maps", "summary"],
  queryFn: ({ signal }) => call<MapSummary>("/api/v1/maps/summary", { signal }),
  staleTime: 300_000,
});

export const vocabulary = queryOptions({
  queryKey: ["vocabulary"],
  queryFn: ({ signal }) => call<Vocabulary>("/api/v1/cutout/vocabulary", { signal }),
  staleTime: 3_600_000,
});

export const footprints = queryOptions({
  queryKey: ["maps", "footprints"],
  queryFn: async ({ signal }) => (await call<{ footprints: Footprint[] }>("/api/v1/maps/footprints", { signal })).footprints,
  staleTime: 3_600_000,
});

export const serviceStatus = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => call<ServiceStatus>("/api/v1/status", { signal }),
  // Who waits for the end of an outage wants to see it.
  refetchInterval: (query) => (query.state.error || query.state.data?.notices?.length ? 5_000 : 30_000),
  staleTime: 4_000,
});

export function job(id: string) {
  return queryOptions({
    queryKey: ["job", id],
    queryFn: ({ signal }) => call<Job>(`${JOBS}/${id}`, { signal }),
  });
}
