/** Tars of a part of a job: the browser downloads them as they are made. */
import { ROOT } from "../api/base";
import { csrfSecret } from "../api/client";
import { filterParameters, type RowView } from "./rowView";

/** Longer addresses are refused by some proxies; the same is then sent as a form. */
const MAX_ADDRESS_LENGTH = 4000;

export function downloadSelected(job: string, paths: readonly string[]): void {
  start(job, paths.map((path) => ["PATH", path]));
}

/** Files of all rows that are shown. */
export function downloadMatching(job: string, view: RowView): void {
  start(job, [...filterParameters(view)]);
}

function start(job: string, fields: [string, string][]): void {
  const address = `${ROOT}/files/jobs/${job}/out.tar`;
  const query = new URLSearchParams(fields).toString();
  if (query.length < MAX_ADDRESS_LENGTH) window.location.assign(`${address}?${query}`);
  else submit(address, [...fields, ["csrf", csrfSecret() ?? ""]]);
}

function submit(address: string, fields: [string, string][]): void {
  const form = document.createElement("form");
  form.method = "POST";
  form.action = address;
  form.hidden = true;
  for (const [name, value] of fields) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
  form.remove();
}
