/** Files that a user brings. The service reads them: it knows every kind, and checks units and frames. */
import { ApiError, callRaw, isPassing } from "../api/client";
import { Refusal } from "../sky/refusal";
import { isHeading } from "./columns";
import { splitTable } from "./split";

export interface LoadedTable {
  text: string;
  /** Columns that the service gave another name: theirs, and the service's. */
  renamed: [string, string][];
  /** What the service took the file for; empty for CSV in ICRS, and where the page read it itself. */
  readAs: string;
}

const MAX_BYTES = 12 << 20;

/** Reads a file; what it is, its content says, not its name. */
export async function readTableFile(file: File): Promise<LoadedTable> {
  if (file.size > MAX_BYTES) throw new Refusal("is larger than 12 MB; keep the columns that are used, or divide the table");
  const body = new FormData();
  body.set("table", file);
  try {
    const response = await callRaw("/api/v1/cutout/table", { method: "POST", body });
    const text = await response.text();
    return { text, renamed: renamedColumns(await plainText(file), text), readAs: readAs(response.headers) };
  } catch (error) {
    const text = canBeMended(error) ? await plainText(file) : null;
    if (text !== null) return { text, renamed: [], readAs: "" };
    throw new Refusal(`could not be read: ${reason(error)}`);
  }
}

function readAs(headers: Headers): string {
  const [kind, frame] = [headers.get("X-Table-Kind") ?? "CSV", headers.get("X-Table-Frame") ?? "ICRS"];
  // The service takes FK5 at J2000 for ICRS.
  const moved = ["ICRS", "FK5 (J2000)"].includes(frame) ? "" : `; its positions are in ${frame} and became ICRS`;
  return kind === "CSV" && !moved ? "" : `The file was read as ${kind}${moved}.`;
}

/** Whether a plain table is better shown with its faults, to choose its columns and mend its rows in the page. */
function canBeMended(error: unknown): boolean {
  if (isPassing(error)) return true;
  return error instanceof ApiError && error.status === 400 && error.problems.some((each) => each.row !== null || each.field !== "POSITIONS");
}

/** The text of a file without units or frames of its own, as if it had been pasted; null for the others. */
async function plainText(file: File): Promise<string | null> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return /^\s*(<|# %ECSV)|\0/.test(text) ? null : text.replace(/\r\n?/g, "\n");
  } catch {
    return null;
  }
}

function renamedColumns(before: string | null, after: string): [string, string][] {
  if (before === null) return [];
  const [theirs, ours] = [before, after].map((text) => splitTable(text.split("\n", 100).join("\n"), isHeading).names ?? []);
  return (theirs ?? []).flatMap((name, at) => {
    const read = ours?.[at] ?? name;
    return read.toUpperCase() === name.toUpperCase() ? [] : [[name, read] as [string, string]];
  });
}

function reason(error: unknown): string {
  if (error instanceof ApiError) return error.problems.map((each) => (each.field === "POSITIONS" ? each.message : `${each.field} ${each.message}`)).slice(0, 3).join("; ") || error.message;
  if (error instanceof Error) return error.message;
  throw error;
}
