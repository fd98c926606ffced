/** Reads long tables and long responses beside the page, which stays alive meanwhile. */
import { readReport, readTable, type TableOrder } from "./reading";

export type Order = { table: TableOrder } | { report: ArrayBuffer };

/** Rows that are handed over at once: more would keep the page from its work. */
const ROWS_AT_ONCE = 2000;

self.onmessage = ({ data }: MessageEvent<Order>) => {
  if ("report" in data) {
    const result = readReport(new TextDecoder().decode(data.report));
    self.postMessage({ result }, { transfer: [result.covers.best.buffer] });
    return;
  }
  const { checked, csv } = readTable(data.table);
  for (let at = 0; at < checked.rows.length; at += ROWS_AT_ONCE) self.postMessage({ rows: checked.rows.slice(at, at + ROWS_AT_ONCE) });
  self.postMessage({ result: { checked: { ...checked, rows: [] }, csv } });
};
