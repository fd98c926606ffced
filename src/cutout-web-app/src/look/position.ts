/** What the service reads in a text: it has the one reader of positions. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";
import type { TargetCoverage, Validation } from "../api/types";
import type { SkyPlace } from "../survey/grid";

/** Names that the service itself gives to positions. */
const OWN_NAME = "spt3gJ";

export interface FoundPlace extends SkyPlace {
  /** The target's name where the text has one. */
  name: string | null;
  /** What the service remarks on it: how well a name tells its position, for one. */
  remarks: string[];
  coverage: TargetCoverage["coverage"];
}

export type Found =
  | { kind: "place"; place: FoundPlace }
  | { kind: "unclear"; message: string; readings: { name: string; place: SkyPlace }[] }
  | { kind: "several"; count: number }
  | { kind: "refused"; messages: string[] };

/** A name whose right ascension ends at the minute may lie a quarter of a degree away. */
const ROUGH = "known to 1 min in RA";
const WIDER = 2.5;

/** Size of the stamps [arcmin] where none is asked for: it shows where the object of a rough name may be. */
export function usualSize({ remarks }: Pick<FoundPlace, "remarks">, usual: number): number {
  return remarks.some((each) => each.includes(ROUGH)) ? WIDER * usual : usual;
}

/** What a report on a request says of its one position. */
export function findPosition({ targets, problems, warnings = [], ambiguities = [] }: Validation): Found {
  const [unclear] = ambiguities;
  if (unclear) {
    const readings = unclear.readings.flatMap(({ name, positions }) => positions.slice(0, 1).map(({ ra, dec }) => ({ name, place: { ra, dec } })));
    return { kind: "unclear", message: unclear.message, readings };
  }
  const [target, another] = targets;
  if (another) return { kind: "several", count: targets.length };
  if (!target || problems.length) return { kind: "refused", messages: problems.map(({ field, message }) => `${fieldText(field)}${message}`) };
  const { objid, ra, dec, coverage } = target;
  const remarks = warnings.filter(({ row }) => row !== null && row === target.row).map(({ message }) => message);
  return { kind: "place", place: { ra, dec, coverage, remarks, name: objid.startsWith(OWN_NAME) ? null : objid } };
}

const FIELDS: Record<string, string> = { RA: "Right ascension ", DEC: "Declination ", OBJID: "The name ", POSITIONS: "The position " };

function fieldText(field: string | null): string {
  return FIELDS[field ?? ""] ?? (field ? `${field}: ` : "");
}

export function positionQuery(text: string) {
  return queryOptions({
    queryKey: ["look", "position", text],
    queryFn: async ({ signal }) =>
      findPosition(await call<Validation>("/api/v1/cutout/validate", { method: "POST", body: new URLSearchParams({ POSITIONS: `${text}\n` }), signal })),
    enabled: text !== "",
    staleTime: 300_000,
    retry: false,
  });
}
