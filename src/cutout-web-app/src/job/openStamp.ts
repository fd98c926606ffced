/** Which stamp of a job is open, as the address of the page has it: a link shows the same to a colleague. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Outcome } from "../api/types";

export interface OpenStamp {
  objid: string;
  map: string;
}

/** The open stamp, and what opens another one, or none. */
export function useOpenStamp(): [OpenStamp | null, (row: Pick<Outcome, "objid" | "map_id"> | null) => void] {
  const [search, setSearch] = useSearchParams();
  const [objid, map] = [search.get("target"), search.get("map")];
  const open = useMemo(() => (objid && map ? { objid, map } : null), [objid, map]);
  const show = useCallback(
    (row: Pick<Outcome, "objid" | "map_id"> | null) =>
      setSearch(
        (now) => {
          const next = new URLSearchParams(now);
          for (const name of ["target", "map"]) next.delete(name);
          if (row) {
            next.set("target", row.objid);
            next.set("map", row.map_id);
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return [open, show];
}

/** Of another target's rows, the one that is most like a row: of its map, else of its band and kind, else any with a picture. */
export function likeRow(rows: readonly Outcome[], { map_id: map, band, filetype }: Outcome): Outcome | undefined {
  const shown = rows.filter(({ preview, file }) => preview !== null || file !== null);
  return shown.find((each) => each.map_id === map) ?? shown.find((each) => each.band === band && each.filetype === filetype) ?? shown[0];
}

/** Rows that a stamp is compared with: its epochs in order of time, and its other bands. */
export function comparedWith(rows: readonly Outcome[], row: Outcome): { epochs: Outcome[]; bands: Outcome[] } {
  const shown = rows.filter(({ preview }) => preview !== null);
  const epochs = shown
    .filter((each) => each.band === row.band && each.filetype === row.filetype)
    .sort((one, other) => (one.date_beg ?? "").localeCompare(other.date_beg ?? "") || one.map_id.localeCompare(other.map_id));
  const ofBand = new Map<string, Outcome>();
  for (const each of shown) {
    const isBetter = each.filetype === row.filetype && (!ofBand.has(each.band) || each.obsid === row.obsid);
    if (isBetter) ofBand.set(each.band, each);
  }
  ofBand.set(row.band, row);
  return { epochs, bands: [...ofBand.values()] };
}
