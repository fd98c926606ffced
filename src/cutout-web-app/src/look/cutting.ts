/** Asks the synchronous service for the stamps of a position. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { fetchRaw } from "../api/client";
import { readStamps, type Stamp } from "../stamps/stamps";

export interface Asked {
  ra: number;
  dec: number;
  name: string | null;
  /** Arcminutes. */
  size: number;
  isNorthUp: boolean;
}

/** What came: the file as it is to be saved, and the stamps in it. */
export interface Cut {
  asked: Asked;
  file: ArrayBuffer;
  fileName: string;
  stamps: Stamp[];
}

export function cutAddress({ ra, dec, name, size, isNorthUp }: Asked): string {
  const query = new URLSearchParams({ RA: String(ra), DEC: String(dec), SIZE: String(size), PROJECTION: isNorthUp ? "TAN" : "native" });
  if (name) query.set("OBJID", name);
  return `/api/v1/cutout/sync?${query.toString()}`;
}

/** The stamps of a position; none where no map observed anything. Those of before stay until others are there. */
export function cutQuery(asked: Asked | null) {
  return queryOptions({
    queryKey: ["look", "stamps", asked],
    queryFn: async ({ signal }): Promise<Cut | null> => {
      if (!asked) return null;
      const response = await fetchRaw(cutAddress(asked), signal);
      const file = await response.arrayBuffer();
      const fileName = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "cutout.fits";
      return { asked, file, fileName, stamps: file.byteLength ? readStamps(file) : [] };
    },
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    // A stamp of half a degree in three bands has a megabyte.
    gcTime: 60_000,
    retry: false,
  });
}
