/** What the user keeps under names: presets of requests, and lists of targets. */
import { queryOptions } from "@tanstack/react-query";
import { call, fetchRaw } from "../api/client";
import type { Vocabulary } from "../api/types";
import { draftOfPairs } from "../newjob/clone";
import { withTable, type Draft } from "../newjob/draft";
import { toParameters } from "../newjob/parameters";

export type Kind = "preset" | "targets";

export interface Saved {
  id: string;
  kind: Kind;
  name: string;
  created: string;
  targets: number | null;
  etag: string;
}

export const SAVED = "/api/v1/cutout/saved";

export const savedOnes = queryOptions({
  queryKey: ["saved"],
  queryFn: async ({ signal }) => (await call<{ saved: Saved[] }>(SAVED, { signal })).saved,
});

/** Keeps the form's choices, or its table, under a name. */
export function keep(kind: Kind, name: string, draft: Draft, csv: string): Promise<Saved> {
  return call<Saved>(SAVED, { method: "POST", body: { kind, name, content: textOf(kind, draft, csv) } });
}

/** Puts the form's choices, or its table, in the place of what is kept; not if that was changed since it was read. */
export function keepOver({ id, kind, etag }: Saved, draft: Draft, csv: string): Promise<Saved> {
  return call<Saved>(`${SAVED}/${id}`, { method: "PUT", ifMatch: etag, body: { content: textOf(kind, draft, csv) } });
}

function textOf(kind: Kind, draft: Draft, csv: string): string {
  return kind === "preset" ? JSON.stringify(presetOf(draft)) : csv;
}

/** What of the form a preset or a list replaces. */
export async function contentOf({ id, kind, name }: Saved, vocabulary: Vocabulary): Promise<(now: Draft) => Partial<Draft>> {
  const text = await (await fetchRaw(`${SAVED}/${id}`)).text();
  if (kind === "targets") return () => ({ ...withTable(text), fileName: name });
  const preset = JSON.parse(text) as Record<string, unknown>;
  return (now) => ofPreset(preset, vocabulary, now);
}

/** The parameters of the form but for its targets and the job's name. */
export function presetOf(draft: Draft): Record<string, string> {
  return Object.fromEntries(toParameters(draft, "").filter(([name]) => name !== "POSITIONS" && name !== "RUNID"));
}

/** The form with the choices of a preset; its targets and the job's name stay. */
export function ofPreset(preset: Record<string, unknown>, vocabulary: Vocabulary, now: Draft): Draft {
  const pairs = Object.entries(preset).map(([name, value]): [string, string] => [name, Array.isArray(value) ? value.join(",") : String(value)]);
  const { text, fileName, mapping, renamed, readAs, runId } = now;
  return { ...draftOfPairs(pairs, vocabulary), text, fileName, mapping, renamed, readAs, runId };
}
