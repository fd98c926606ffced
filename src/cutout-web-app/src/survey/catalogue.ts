/** Objects laid over the sky: of an uploaded table, or the targets of a job. The service reads both. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";
import { vocabulary } from "../api/queries";
import type { Validation } from "../api/types";
import type { Grid, MapPlace, SkyPlace } from "./grid";
import type { MapView, Size } from "./view";

export interface Entry extends SkyPlace {
  name: string;
  /** Its page, where its catalogue knows one. */
  link?: string | null;
  /** The catalogue, by its title, and by its place among those of the service. */
  of?: string;
  mark?: number;
  /** Of its mark [screen pixels]. */
  radius?: number;
}

export interface Catalogue {
  title: string;
  entries: Entry[];
  /** Rows that were not read. */
  refused: number;
  /** Why, of the first of them. */
  reason: string | null;
}

/** What a report on a request says of its targets. */
export function catalogueOf(title: string, { targets, problems, bad_rows: bad = [] }: Pick<Validation, "targets" | "problems"> & { bad_rows?: number[] }): Catalogue {
  const [first] = problems;
  const reason = first ? `${first.row === null ? "" : `row ${first.row}: `}${first.field ? `${first.field} ` : ""}${first.message}` : null;
  return { title, entries: targets.map(({ objid, ra, dec }) => ({ name: objid, ra, dec })), refused: Math.max(bad.length, first && !targets.length ? 1 : 0), reason };
}

/** Reads a table of any kind that the service reads. */
export async function readCatalogue(file: File): Promise<Catalogue> {
  const body = new FormData();
  body.append("POSITIONS", file);
  return catalogueOf(file.name, await call<Validation>("/api/v1/cutout/validate", { method: "POST", body }));
}

export function targetsOfJob(id: string | null) {
  return queryOptions({
    queryKey: ["sky", "job", id],
    queryFn: async ({ client, signal }) => {
      const words = await client.query({ ...vocabulary, staleTime: "static" });
      // A part of it on its own would make the first load larger.
      const { draftOfJob } = await import("../newjob/NewJobPage");
      const { text } = await draftOfJob(id ?? "", words, signal);
      const body = new URLSearchParams({ POSITIONS: text });
      return catalogueOf(`Targets of job ${id?.slice(0, 8) ?? ""}`, await call<Validation>("/api/v1/cutout/validate", { method: "POST", body, signal }));
    },
    enabled: id !== null,
    staleTime: 300_000,
    retry: false,
  });
}

/** Entries with their places on a map's pixels; those that it cannot show are left out. */
export interface Placed {
  entry: Entry;
  at: MapPlace;
}

export function placed(entries: readonly Entry[], grid: Grid | null): Placed[] {
  return entries.flatMap((entry) => {
    const at = grid?.toMap(entry);
    return at ? [{ entry, at }] : [];
  });
}

/** The entry that stands nearest to a place of the map, within so many of its pixels. */
export function nearest(all: readonly Placed[], { x, y }: MapPlace, within: number): Entry | null {
  let [best, least]: [Entry | null, number] = [null, within];
  for (const { entry, at } of all) {
    const far = Math.hypot(at.x - x, at.y - y);
    if (far <= least) [best, least] = [entry, far];
  }
  return best;
}

/** The entries that a window shows. */
export function inView(all: readonly Placed[], view: MapView, size: Size): Entry[] {
  const [across, up] = [size.width / 2 / view.zoom, size.height / 2 / view.zoom];
  return all.filter(({ at }) => Math.abs(at.x - view.x) <= across && Math.abs(at.y - view.y) <= up).map(({ entry }) => entry);
}

/** A position as a quick look takes it, with the name where that cannot be misread. */
export function lookText({ name, ra, dec }: SkyPlace & { name?: string | undefined }): string {
  const place = `${ra.toFixed(5)} ${dec.toFixed(5)}`;
  return name && /^[A-Za-z][\w.+ -]*$/.test(name) ? `${name} ${place}` : place;
}
