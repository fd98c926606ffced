/** What the page of the sky reads, each under one key. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";
import type { SkyLayer, SkyPlane, SkyStatistics } from "../api/types";

export const skyLayers = queryOptions({
  queryKey: ["sky"],
  queryFn: async ({ signal }) => (await call<{ layers: SkyLayer[] }>("/api/v1/sky", { signal })).layers,
  staleTime: 300_000,
});

export function skyStatistics(layer: Pick<SkyLayer, "id" | "version">, plane: SkyPlane) {
  return queryOptions({
    queryKey: ["sky", layer.id, layer.version, plane],
    queryFn: ({ signal }) => call<SkyStatistics>(`/api/v1/sky/${encodeURIComponent(layer.id)}?PLANE=${plane}`, { signal }),
    staleTime: 3_600_000,
  });
}
