/** Asks the reader beside the page. */
import type { CheckedRow } from "../targets/check";
import { readReport, type Reading, type Report, type TableOrder } from "./reading";
import type { Order } from "./reading.worker";

interface Reply {
  rows?: CheckedRow[];
  result?: unknown;
}

/** Longer ones are read beside the page: shorter ones take it a few milliseconds. */
export const LONG_TABLE = 20_000;
const LONG_REPORT = 200_000;

export async function readLongTable(table: TableOrder, signal: AbortSignal): Promise<Reading> {
  const { rows, result } = await ask({ table }, [], signal);
  const { checked, csv } = result as Reading;
  return { checked: { ...checked, rows }, csv };
}

/** Reads the body of a response of the service about a request. */
export async function readBody(body: ArrayBuffer, signal: AbortSignal): Promise<Report> {
  if (body.byteLength <= LONG_REPORT) return readReport(new TextDecoder().decode(body));
  return (await ask({ report: body }, [body], signal)).result as Report;
}

function ask(order: Order, transfer: Transferable[], signal: AbortSignal): Promise<{ rows: CheckedRow[]; result: unknown }> {
  const worker = new Worker(new URL("./reading.worker.ts", import.meta.url), { type: "module" });
  return new Promise<{ rows: CheckedRow[]; result: unknown }>((resolve, reject) => {
    const rows: CheckedRow[] = [];
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      for (const row of data.rows ?? []) rows.push(row);
      if (data.result !== undefined) resolve({ rows, result: data.result });
    };
    worker.onerror = (event) => reject(new Error(`The reader beside the page failed: ${event.message}`));
    signal.addEventListener("abort", () => reject(new DOMException("The reading was abandoned", "AbortError")));
    worker.postMessage(order, transfer);
  }).finally(() => worker.terminate());
}
