/** From a job's parameters back to the form. */
import { call, fetchRaw } from "../api/client";
import type { Job, Parameter, Vocabulary } from "../api/types";
import { listedValues } from "../api/values";
import { csvCell } from "../targets/split";
import { emptyDraft, namesOf, type Choice, type Draft } from "./draft";

const JOBS = "/api/v1/cutout/async";

/** Fills a draft with what a job was asked for. */
export async function draftOfJob(id: string, vocabulary: Vocabulary, signal?: AbortSignal): Promise<Draft> {
  const job = await call<Job>(`${JOBS}/${id}`, signal ? { signal } : {});
  const values = await Promise.all(job.parameters.map((each) => valueOf(id, each, signal)));
  const pairs = job.parameters.map((each, at) => [each.id.toUpperCase(), values[at] ?? ""] as [string, string]);
  const draft = draftOfPairs(pairs, vocabulary, job.runId);
  if (draft.text) return draft;
  return { ...draft, text: await tableOfRequest(id, signal) };
}

/** Reads parameters as the form shows them; what is not given has the service's default. */
export function draftOfPairs(pairs: readonly [string, string][], vocabulary: Vocabulary, runId = ""): Draft {
  const [empty, { defaults }] = [emptyDraft(vocabulary), vocabulary];
  const one = (name: string, otherwise = ""): string => pairs.find(([each]) => each === name)?.[1] ?? otherwise;
  const many = (name: string, otherwise: readonly string[]): string[] => {
    const found = pairs.filter(([each]) => each === name).flatMap(([, value]) => listedValues(value));
    return found.length ? found : [...otherwise];
  };
  const bands = many("BANDS", defaults.bands);
  const [coadds, dateStart, dateEnd] = [many("COADD", []), one("DATE_START"), one("DATE_END")];
  const choice = choiceOf(coadds.length > 0, Boolean(dateStart || dateEnd));
  return {
    ...empty,
    text: tableOf(pairs),
    xsize: one("XSIZE", one("SIZE", empty.xsize)),
    ysize: one("YSIZE"),
    bands: namesOf(vocabulary.bands.filter(({ name, aliases }) => [name, ...aliases].some((each) => bands.includes(each)))),
    filetypes: many("FILETYPE", choice === "newest" ? defaults.newest_filetypes : defaults.filetypes),
    choice,
    coadds,
    dateStart,
    dateEnd,
    products: many("PRODUCTS", defaults.products),
    projection: one("PROJECTION") === "TAN" ? "TAN" : "native",
    pixelScale: one("PIXEL_SCALE"),
    order: one("ORDER", empty.order),
    pad: one("PAD").toLowerCase() !== "false",
    states: many("POL", []),
    uniformCoverage: one("UNIFORM_COVERAGE"),
    noise: one("NOISE").toLowerCase() === "true",
    referenceStart: one("REFERENCE_START"),
    referenceEnd: one("REFERENCE_END"),
    runId,
  };
}

function choiceOf(coadds: boolean, dates: boolean): Choice {
  if (coadds) return dates ? "both" : "coadds";
  return dates ? "dates" : "newest";
}

async function valueOf(id: string, parameter: Parameter, signal?: AbortSignal): Promise<string> {
  if (!parameter.byReference) return parameter.value;
  const response = await fetchRaw(`${JOBS}/${id}/parameters/${encodeURIComponent(parameter.id)}`, signal);
  return response.text();
}

function tableOf(pairs: readonly [string, string][]): string {
  const one = (name: string): string | undefined => pairs.find(([each]) => each === name)?.[1];
  const positions = one("POSITIONS");
  if (positions?.trimStart().startsWith("[")) return tableOfObjects(JSON.parse(positions) as Record<string, unknown>[]);
  if (positions && !positions.startsWith("param:")) return positions.replace(/\r\n?/g, "\n");
  if (one("RA") !== undefined) {
    return tableOfObjects([{ objid: one("OBJID") ?? "", ra: one("RA") ?? "", dec: one("DEC") ?? "" }]);
  }
  const circles = pairs.flatMap(([name, value]) => (name === "CIRCLE" ? [value] : name === "POS" ? [value.replace(/^\s*CIRCLE/i, "")] : []));
  return circles.length ? tableOfObjects(circles.map(circleRow)) : "";
}

function circleRow(circle: string): Record<string, unknown> {
  const [ra = "", dec = "", radius = "0"] = circle.replace(/[[\],]/g, " ").trim().split(/\s+/);
  return { ra, dec, xsize: Number(radius) * 120 };
}

function tableOfObjects(rows: readonly Record<string, unknown>[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => row[name] !== null && row[name] !== ""));
  const cell = (value: unknown): string => (value === null || value === undefined ? "" : csvCell(typeof value === "string" ? value : JSON.stringify(value)));
  return [names.map((name) => name.toUpperCase()).join(","), ...rows.map((row) => names.map((name) => cell(row[name])).join(","))].join("\n") + "\n";
}

/** The targets as the service understood them, for tables that were uploaded as a file. */
async function tableOfRequest(id: string, signal?: AbortSignal): Promise<string> {
  const response = await fetchRaw(`/files/jobs/${id}/out/request.json`, signal);
  const { targets } = (await response.json()) as { targets: Record<string, unknown>[] };
  return tableOfObjects(targets);
}
