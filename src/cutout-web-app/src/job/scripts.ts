/** Code that fetches and reads a job's files elsewhere. */

/** A shell script that downloads everything, goes on where it stopped, and checks every SHA-256. */
export function downloadScript(service: string, job: string, curves: boolean): string {
  const out = `${service}/files/jobs/${job}/out`;
  return `#!/bin/sh
# Downloads the files of job ${job} and checks them.
# Run it again to go on after a break. It needs curl, tar and Python 3.
set -eu
: "\${SPT_TOKEN:?put an access token into the variable SPT_TOKEN}"
fetch() { curl -fsSL --retry 5 -H "Authorization: Bearer $SPT_TOKEN" "$@"; }

fetch -C - -o ${job}.tar ${out}.tar || fetch -o ${job}.tar ${out}.tar
fetch -o ${job}.json ${out}/manifest.json
${curves ? `fetch -o ${job}-lightcurve.fits ${out}/lightcurve.fits
` : ""}mkdir -p ${job}
tar -xf ${job}.tar -C ${job}
python3 - <<'END'
import hashlib, json, pathlib, sys
folder = pathlib.Path("${job}")
rows = [row for row in json.loads(pathlib.Path("${job}.json").read_text())["rows"] if row["file"]]
found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
wrong = []
for row in rows:
    path = found.get(row["file"]) or next((p for n, p in found.items() if n.endswith("/" + row["file"])), None)
    if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
        wrong.append(row["file"])
print(f"{len(rows) - len(wrong)} of {len(rows)} files are whole")
sys.exit("not whole: " + ", ".join(wrong) if wrong else 0)
END
`;
}

/** The code as a notebook (nbformat 4.5): a cell for each of its paragraphs. */
export function notebookFile(title: string, code: string): string {
  const cells = code.trimEnd().split("\n\n").map((source, at) => ({ cell_type: "code", id: `cell-${at}`, metadata: {}, execution_count: null, outputs: [], source }));
  const head = { cell_type: "markdown", id: "head", metadata: {}, source: `# ${title}\n\nPut an access token into the variable \`SPT_TOKEN\` before you start Jupyter.` };
  const metadata = { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python" } };
  return `${JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells: [head, ...cells] }, null, 1)}\n`;
}

/** Cells for a notebook: the manifest as a table, and the first stamp with its WCS. */
export function notebookCode(service: string, job: string, curves: boolean): string {
  return `import io
import os

import requests
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS

session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["SPT_TOKEN"]
out = ${JSON.stringify(`${service}/files/jobs/${job}/out/`)}

manifest = Table.read(io.BytesIO(session.get(out + "manifest.vot").content), format="votable")
good = [row for row in manifest if row["file"]]
print(len(good), "of", len(manifest), "rows have a stamp")

for row in good[:1]:
    stamp = fits.open(io.BytesIO(session.get(out + str(row["file"])).content))
    wcs = WCS(stamp["SCI"].header)
    print(stamp["SCI"].data.shape, stamp["SCI"].header.get("BUNIT"), wcs.pixel_to_world(0, 0))
${curves ? CURVE_CODE : ""}`;
}

const CURVE_CODE = `
curves = Table.read(io.BytesIO(session.get(out + "lightcurve.fits").content), hdu=1)
good = curves[curves["status"] == "ok"]
print(len(good), "of", len(curves), "points of light curves have a value")
print(good["objid", "band", "filetype", "mjd", "flux", "flux_err", "flux_limit"])
`;
