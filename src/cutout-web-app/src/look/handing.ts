/** From what is looked at to the form of a job. */
import type { MapSummary, Vocabulary } from "../api/types";
import type { Draft } from "../newjob/draft";
import { csvCell } from "../targets/split";
import type { Asked } from "./cutting";

export type Aim = "stamps" | "curve";

/** The day of the first single observation; null where there is none. */
export function firstObserved(summary: MapSummary | undefined): string | null {
  const days = summary?.groups.filter(({ tag, first }) => tag === null && first).map(({ first }) => first?.slice(0, 10) ?? "");
  return days?.sort()[0] ?? null;
}

/** What the form then holds: the stamps that are seen, or the light curve of their middle. */
export function draftFor(asked: Asked, aim: Aim, empty: Draft, { defaults }: Vocabulary, since: string | null): Draft {
  const table = asked.name ? `OBJID,RA,DEC\n${csvCell(asked.name)},${asked.ra},${asked.dec}\n` : `RA,DEC\n${asked.ra},${asked.dec}\n`;
  const same: Draft = { ...empty, text: table, xsize: String(asked.size), projection: asked.isNorthUp ? "TAN" : "native" };
  if (aim === "stamps") return same;
  return { ...same, choice: "dates", dateStart: since ?? "", filetypes: [...defaults.filetypes], products: ["lightcurve"] };
}
