/** Files that a user brings: CSV, ECSV and VOTable, all turned into the text of a table. */
import { ApiError, call, OfflineError } from "../api/client";
import { Refusal } from "../sky/refusal";
import { checkUnits, ecsvUnits } from "./ecsv";
import { ForService, readVotable } from "./votable";
import type { Mapping } from "./columns";

export interface LoadedTable {
  text: string;
  mapping: Mapping;
}

const MOST_BYTES = 12 << 20;

/** Reads a file; what it is, its content says, not its name. */
export async function readTableFile(file: File): Promise<LoadedTable> {
  if (file.size > MOST_BYTES) throw new Refusal("is larger than 12 MB; keep the columns that are used, or divide the table");
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return readTableBytes(bytes);
  } catch (error) {
    if (error instanceof ForService) return readByService(file);
    throw error;
  }
}

/** Lets the service read what the page cannot. */
async function readByService(file: File): Promise<LoadedTable> {
  const body = new FormData();
  body.set("table", file);
  try {
    return { text: await call<string>("/api/v1/cutout/table", { method: "POST", body }), mapping: {} };
  } catch (error) {
    if (error instanceof ApiError || error instanceof OfflineError) throw new Refusal(`could not be read: ${error.message}`);
    throw error;
  }
}

/** Reads the content of a file. */
export function readTableBytes(bytes: Uint8Array): LoadedTable {
  const text = decode(bytes);
  if (/^\s*(<\?xml|<VOTABLE|<!DOCTYPE VOTABLE)/i.test(text)) return readVotable(text);
  if (text.startsWith("# %ECSV")) checkUnits(ecsvUnits(text));
  return { text: text.replace(/\r\n?/g, "\n"), mapping: {} };
}

function decode(bytes: Uint8Array): string {
  const magic = String.fromCharCode(...bytes.slice(0, 8));
  if (magic.startsWith("SIMPLE")) throw new Refusal("is a FITS file; save the table as CSV, ECSV or VOTable");
  if (magic.startsWith("PK")) throw new Refusal("is a spreadsheet or a zip file; save the table as CSV");
  if (bytes.includes(0)) throw new Refusal("is not text: it holds NUL bytes");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal("is not UTF-8 text; save it as CSV in UTF-8");
  }
}
