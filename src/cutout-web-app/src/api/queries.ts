/** What the pages read, each under one key. */
import { queryOptions } from "@tanstack/react-query";
import { rememberBands } from "../bands";
import { call, keepCsrf } from "./client";
import type { Account, Footprint, Job, JobComment, JobShare, MapSummary, ServiceStatus, Vocabulary } from "./types";

const JOBS = "/api/v1/cutout/async";

/** A service that takes connections and does not respond is away too. */
const STATUS_TIMEOUT_MS = 4_000;

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
  queryFn: async ({ signal }) => {
    const found = await call<Vocabulary>("/api/v1/cutout/vocabulary", { signal });
    rememberBands(found.bands.map(({ name }) => name));
    return found;
  },
  staleTime: 3_600_000,
});

export const footprints = queryOptions({
  queryKey: ["maps", "footprints"],
  queryFn: async ({ signal }) => (await call<{ footprints: Footprint[] }>("/api/v1/maps/footprints", { signal })).footprints,
  staleTime: 3_600_000,
});

export const serviceStatus = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => call<ServiceStatus>("/api/v1/status", { signal: AbortSignal.any([signal, AbortSignal.timeout(STATUS_TIMEOUT_MS)]) }),
  // An outage, and its end, is to show within seconds.
  refetchInterval: 4_000,
  retry: false,
  staleTime: 2_000,
});

export function jobShares(id: string) {
  return queryOptions({
    queryKey: ["shares", id],
    queryFn: async ({ signal }) => (await call<{ shares: JobShare[] }>(`${JOBS}/${id}/shares`, { signal })).shares,
  });
}

export function jobComments(id: string) {
  return queryOptions({
    queryKey: ["comments", id],
    queryFn: async ({ signal }) => (await call<{ comments: JobComment[] }>(`${JOBS}/${id}/comments`, { signal })).comments,
    refetchInterval: 60_000,
  });
}

export function job(id: string) {
  return queryOptions({
    queryKey: ["job", id],
    queryFn: ({ signal }) => call<Job>(`${JOBS}/${id}`, { signal }),
  });
}
