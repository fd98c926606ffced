/** The first table of a VOTable document, as CSV. */
import { Refusal } from "../sky/refusal";
import { checkUnits } from "./ecsv";
import { FIELDS, guessColumns, type Mapping } from "./columns";
import { csvCell } from "./split";
import type { LoadedTable } from "./files";

/** A table that only the service can read: its rows are stored in binary. */
export class ForService extends Error {}

/** Reads the table; positions are also found by their UCDs. */
export function readVotable(xml: string): LoadedTable {
  const document = new DOMParser().parseFromString(xml, "application/xml");
  if (document.getElementsByTagName("parsererror").length) throw new Refusal("is not well-formed XML");
  const table = first(document, "TABLE");
  if (!table) throw new Refusal("is a VOTable without a table");
  const fields = children(table, "FIELD");
  const names = fields.map((field, at) => field.getAttribute("name") ?? `column${at + 1}`);
  const data = first(table, "TABLEDATA");
  if (!data) throw new ForService();
  checkUnits(new Map(fields.map((field, at) => [names[at] ?? "", isText(field) ? "" : (field.getAttribute("unit") ?? "")])));
  const rows = children(data, "TR").map((row) => children(row, "TD").map((cell) => csvCell(cell.textContent.trim())).join(","));
  return { text: [names.map(csvCell).join(","), ...rows].join("\n") + "\n", mapping: byUcd(fields, names) };
}

function byUcd(fields: Element[], names: string[]): Mapping {
  const guessed = guessColumns(names);
  const find = (ucd: RegExp): number => fields.findIndex((field) => ucd.test(field.getAttribute("ucd") ?? ""));
  const found: Mapping = {
    RA: find(/^pos\.eq\.ra(;meta\.main)?$|^POS_EQ_RA_MAIN$/i),
    DEC: find(/^pos\.eq\.dec(;meta\.main)?$|^POS_EQ_DEC_MAIN$/i),
    OBJID: find(/^meta\.id;meta\.main$|^ID_MAIN$/i),
  };
  const mapping: Mapping = {};
  for (const field of FIELDS) {
    const at = found[field] ?? -1;
    if (at >= 0 && guessed[field] === undefined) mapping[field] = at;
  }
  return mapping;
}

function isText(field: Element): boolean {
  return /char$/i.test(field.getAttribute("datatype") ?? "");
}

function first(parent: Document | Element, name: string): Element | null {
  return parent.getElementsByTagNameNS("*", name)[0] ?? null;
}

function children(parent: Element, name: string): Element[] {
  return [...parent.children].filter((child) => child.localName === name);
}
