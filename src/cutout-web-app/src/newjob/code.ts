/** The form's request in the words of other clients. */
import { csvCell, splitLine } from "../targets/split";
import type { Pairs } from "./parameters";

/** Tables up to so many lines stand in the code itself; longer ones are a file beside it. */
const MAX_INLINE_LINES = 201;

export interface Code {
  text: string;
  /** Whether the code reads `targets.csv`, which has to be saved beside it. */
  needsFile: boolean;
  /** What `targets.csv` holds. */
  table: string;
}

/** A shell script with curl; the token comes from SPT_TOKEN. It prints the address of the job. */
export function curlCode(pairs: Pairs, service: string): Code {
  const { csv, others, needsFile } = split(pairs);
  const lines = others.map(([name, value]) => `  --data-urlencode ${shell(`${name}=${value}`)} \\`);
  const table = needsFile ? "" : heredoc(csv);
  return {
    needsFile,
    table: csv,
    text: `${table}curl -sS --fail-with-body -H "Authorization: Bearer $SPT_TOKEN" \\
${lines.join("\n")}
  --data-urlencode POSITIONS@targets.csv -d PHASE=RUN \\
  -o /dev/null -w '%{redirect_url}\\n' \\
  ${shell(`${service}/api/v1/cutout/async`)}
`,
  };
}

/** A Python script with pyvo that submits, waits and lists the results. */
export function pythonCode(pairs: Pairs, service: string): Code {
  const { csv, others, needsFile } = split(pairs);
  const table = needsFile ? 'open("targets.csv").read()' : `"""\\\n${csv.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}"""`;
  const lines = others.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return {
    needsFile,
    table: csv,
    text: `import os

import requests
from pyvo.dal import AsyncTAPJob

targets = ${table}
request = {
${lines.join("\n")}
    "POSITIONS": targets,
}
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["SPT_TOKEN"]
response = session.post(${JSON.stringify(`${service}/api/v1/cutout/async`)}, data=request)
response.raise_for_status()
job = AsyncTAPJob(response.url, session=session)
job.run()
job.wait(timeout=3600)
print(job.url, job.phase)
for result in job.results:
    print(result.href)
`,
  };
}

/** What the service was asked for and the command does not do: the parameter, its value, and what to say. */
const SERVICE_ONLY: readonly [string, RegExp, string][] = [
  ["PAD", /^false$/, "The command pads stamps at the edges of maps; the service was asked not to."],
  ["PRODUCTS", /lightcurve/, "The command makes stamps only; light curves are made by the service."],
  ["PRODUCTS", /coadd|difference|mosaic|stack/, "The command makes stamps only; coadds and differences, mosaics and stacks are made by the service."],
  ["PRODUCTS", /cube|animation|colour/, "The command makes stamps only; cubes, animations and colour pictures are made by the service."],
  ["NOISE", /^true$/, "The command measures no noise; the service was asked to."],
  ["UNIFORM_COVERAGE", /./, "The command keeps stamps of any coverage; the service was asked not to."],
];

/**
 * The engine without the service, for whoever has the map files.
 *
 * `maps` are the files that the request selects, as far as they are listed; `total` is how many there are.
 */
export function commandCode(pairs: Pairs, maps: readonly string[], total = maps.length): Code {
  const { csv: table, others, needsFile } = split(pairs);
  const value = (name: string): string | undefined => others.find(([each]) => each === name)?.[1];
  const size = value("SIZE") ?? value("XSIZE") ?? "10";
  // The command has one size for both sides; stamps that are no squares say theirs in their rows.
  const csv = value("YSIZE") ? withSizes(table, size, value("YSIZE") ?? size) : table;
  const words = ["sptjobs cutout --positions targets.csv", `--size ${shell(size)}`];
  if (value("PROJECTION") === "TAN") {
    words.push("--projection tan", `--order ${value("ORDER") ?? "bilinear"}`);
    const scale = value("PIXEL_SCALE");
    if (scale) words.push(`--pixel-scale ${shell(scale)}`);
  }
  const states = value("POL");
  if (states) words.push(`--pol ${shell(states)}`);
  words.push("--out stamps");
  const notes = SERVICE_ONLY.filter(([name, pattern]) => pattern.test(value(name) ?? "")).map(([, , note]) => `# ${note}`);
  if (total > maps.length) notes.push(`# Named are ${maps.length} of the ${total} maps that the request selects.`);
  const files = maps.length ? maps.map((file) => `"$SPT_ARCHIVE"/${shell(file)}`) : ["MAP.fits"];
  const head = [...notes.map((note) => `${note}\n`), needsFile ? "" : heredoc(csv)].join("");
  return { needsFile, table: csv, text: `${head}${words.join(" ")} \\\n  ${files.join(" \\\n  ")}\n` };
}

/** The table with a size in every row. */
function withSizes(csv: string, xsize: string, ysize: string): string {
  const [head = "", ...lines] = csv.trimEnd().split("\n");
  const names = splitLine(head, ",");
  const columns = [["XSIZE", xsize], ["YSIZE", ysize]] as const;
  const added = columns.filter(([name]) => !names.includes(name));
  const rows = lines.map((line) => {
    const cells = splitLine(line, ",").map((cell, at) => cell || (columns.find(([name]) => name === names[at])?.[1] ?? ""));
    return [...cells, ...added.map(([, size]) => size)].map(csvCell).join(",");
  });
  return [[...names, ...added.map(([name]) => name)].join(","), ...rows].join("\n") + "\n";
}

function split(pairs: Pairs): { csv: string; others: Pairs; needsFile: boolean } {
  const csv = pairs.find(([name]) => name === "POSITIONS")?.[1] ?? "";
  const others = pairs.filter(([name]) => name !== "POSITIONS");
  return { csv, others, needsFile: csv.split("\n").length > MAX_INLINE_LINES };
}

function heredoc(csv: string): string {
  return `cat > targets.csv <<'END'\n${csv}END\n`;
}

function shell(word: string): string {
  return /^[A-Za-z0-9_.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
