/** What is known of a stamp. */
import { useState, type ReactNode } from "react";
import type { Outcome } from "../api/types";
import { bandText } from "../bands";
import { valueText } from "../preview/scale";
import { fileAddress } from "../preview/StampView";
import { bytesText } from "../shell/texts";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { StatusMark } from "./StatusMark";

export function StampFacts({ job, row }: { job: string; row: Outcome }): ReactNode {
  const facts: [string, ReactNode][] = [
    ["Status", <StatusMark key="status" status={row.status} covered={row.covered} />],
    ["Reason", row.reason],
    ["Position (ICRS)", `${formatRa(row.ra)} ${formatDec(row.dec)} (${formatDegrees(row.ra)}° ${formatDegrees(row.dec)}°)`],
    ["Size", `${row.xsize}\u2032 × ${row.ysize}\u2032`],
    ["Map", `${row.map_id} (${row.filetype}, ${bandText(row.band)})`],
    ["Observed", row.date_beg],
    ["Value at the target", measured(row.value, row.unit)],
    ["Error by weight", measured(row.error, row.unit)],
    ["Signal to noise at the target", measured(row.snr)],
    ["Weight at the target", measured(row.weight, row.weight_unit)],
    ["Unit", row.unit],
    ["Beam (FWHM)", row.beam ? `${row.beam}\u2032` : null],
    ["Covered", row.covered === null ? null : `${(100 * row.covered).toFixed(1)} %${row.centre_covered === false ? ", not at the target itself" : ""}`],
    ["Target in the stamp", row.targ_x === null ? null : `x ${row.targ_x.toFixed(2)}, y ${(row.targ_y ?? 0).toFixed(2)} (FITS pixels)`],
    ["North", row.north === null ? null : `${row.north.toFixed(2)}° from up, counter-clockwise`],
    ["File", linked(job, row.file)],
    ["Bytes", row.size === null ? null : `${row.size.toLocaleString("en")} (${bytesText(row.size)})`],
    ["SHA-256", row.sha256 ? <code className="break">{row.sha256}</code> : null],
    ["Coadd", linked(job, row.coadd)],
    ["Difference", linked(job, row.difference)],
    ["Mosaic", linked(job, row.mosaic)],
    ["Stack", linked(job, row.stack)],
    ["Cube", linked(job, row.cube)],
    ["Animation", linked(job, row.animation)],
    ["Colour picture", row.colour ? <>{linked(job, row.colour)}, where this is {row.colour_channel}</> : null],
  ];
  return (
    <>
      <table className="grid-table small">
        <tbody>
          {facts.map(([name, value]) =>
            value ? (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
      {row.colour ? <Picture job={job} path={row.colour} title="Show the colour picture" alt={`${row.objid} in three bands`} /> : null}
      {row.animation ? <Picture job={job} path={row.animation} title="Play the animation" alt={`${row.objid} in ${bandText(row.band)}, one observation after the other`} /> : null}
    </>
  );
}

function linked(job: string, path: string | null | undefined): ReactNode {
  return path ? <a href={fileAddress(job, path)}>{path.split("/").at(-1)}</a> : null;
}

/** A picture of several stamps, loaded when it is opened: nothing moves unasked. */
function Picture({ job, path, title, alt }: { job: string; path: string; title: string; alt: string }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen ? <img src={fileAddress(job, path)} alt={alt} className="several-stamps" /> : null}
    </details>
  );
}

function measured(value: number | null | undefined, unit?: string | null): string | null {
  return value == null ? null : `${valueText(value)} ${unit ?? ""}`.trim();
}
