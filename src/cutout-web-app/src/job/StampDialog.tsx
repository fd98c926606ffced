import { Button, Group, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { bandText } from "../bands";
import { call } from "../api/client";
import type { Outcome } from "../api/types";
import type { Look } from "../preview/colours";
import { finderChart } from "../preview/finder";
import { fileAddress, StampView, usePreview } from "../preview/StampView";
import { say } from "../jobs/actions";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { saveAs } from "../shell/save";
import { bytesText } from "../shell/texts";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { LightCurves } from "./LightCurve";
import { LookControls } from "./LookControls";
import { StatusMark } from "./StatusMark";
import { Dialog } from "../shell/Dialog";

interface Props {
  job: string;
  row: Outcome;
  /** Whether the job makes light curves. */
  curves: boolean;
  /** Other stamps of the target that can be shown, the row among them. */
  siblings: readonly Outcome[];
  look: Look;
  setLook: (look: Look) => void;
  onShow: (row: Outcome) => void;
  onClose: () => void;
}

/** A stamp large, with its facts and its header. */
export function StampDialog({ job, row, curves, siblings, look, setLook, onShow, onClose }: Props): ReactNode {
  const epochs = siblings.filter((each) => each.band === row.band && each.filetype === row.filetype);
  const at = siblings.indexOf(row);
  const [before, after] = [siblings[at - 1], siblings[at + 1]];
  return (
    <Dialog onClose={onClose} title={row.objid} size="72rem">
      <div className="stamp-dialog">
        <div>
          {row.preview ? <StampView job={job} row={row} epochs={epochs} look={look} size={Math.min(460, window.innerWidth - 110)} /> : <p className="soft">There is no preview.</p>}
          <Group mt="xs" gap="xs">
            <Button size="xs" variant="default" disabled={!before} onClick={() => before && onShow(before)}>
              Previous map
            </Button>
            <Button size="xs" variant="default" disabled={!after} onClick={() => after && onShow(after)}>
              Next map
            </Button>
            <SaveChart job={job} row={row} epochs={epochs} look={look} />
          </Group>
          <LookControls look={look} onChange={setLook} />
        </div>
        <Tabs defaultValue="facts" className="stamp-facts" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="facts">Facts</Tabs.Tab>
            {curves ? <Tabs.Tab value="curves">Light curves</Tabs.Tab> : null}
            {row.file ? <Tabs.Tab value="header">FITS header</Tabs.Tab> : null}
          </Tabs.List>
          <Tabs.Panel value="facts" pt="sm">
            <Facts job={job} row={row} />
          </Tabs.Panel>
          {curves ? (
            <Tabs.Panel value="curves" pt="sm">
              <LightCurves job={job} objid={row.objid} />
            </Tabs.Panel>
          ) : null}
          {row.file ? (
            <Tabs.Panel value="header" pt="sm">
              <Header job={job} file={row.file} />
            </Tabs.Panel>
          ) : null}
        </Tabs>
      </div>
    </Dialog>
  );
}

function SaveChart({ job, row, epochs, look }: Pick<Props, "job" | "row" | "look"> & { epochs: Outcome[] }): ReactNode {
  const { data } = usePreview(job, row);
  const save = (): void => {
    if (!data) return;
    finderChart(row, epochs, data, look)
      .then((chart) => saveAs(`${row.objid}_${row.band}_${row.obsid}_chart.png`, chart))
      .catch((error: unknown) => say("The chart could not be made", error));
  };
  return (
    <Button size="xs" variant="default" disabled={!data} onClick={save} leftSection={<Icon name="download" />}>
      Finder chart
    </Button>
  );
}

function Facts({ job, row }: { job: string; row: Outcome }): ReactNode {
  const facts: [string, ReactNode][] = [
    ["Status", <StatusMark key="status" status={row.status} covered={row.covered} />],
    ["Reason", row.reason],
    ["Position (ICRS)", `${formatRa(row.ra)} ${formatDec(row.dec)} (${formatDegrees(row.ra)}° ${formatDegrees(row.dec)}°)`],
    ["Size", `${row.xsize}\u2032 × ${row.ysize}\u2032`],
    ["Map", `${row.map_id} (${row.filetype}, ${bandText(row.band)})`],
    ["Observed", row.date_beg],
    ["Unit", row.unit],
    ["Beam (FWHM)", row.beam ? `${row.beam}\u2032` : null],
    ["Covered", row.covered === null ? null : `${(100 * row.covered).toFixed(1)} %${row.centre_covered === false ? ", not at the target itself" : ""}`],
    ["Target in the stamp", row.targ_x === null ? null : `x ${row.targ_x.toFixed(2)}, y ${(row.targ_y ?? 0).toFixed(2)} (FITS pixels)`],
    ["North", row.north === null ? null : `${row.north.toFixed(2)}° from up, counter-clockwise`],
    ["File", row.file ? <a href={fileAddress(job, row.file)}>{row.file.split("/").at(-1)}</a> : null],
    ["Bytes", row.size === null ? null : `${row.size.toLocaleString("en")} (${bytesText(row.size)})`],
    ["SHA-256", row.sha256 ? <code className="break">{row.sha256}</code> : null],
  ];
  return (
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
  );
}

interface HeaderDocument {
  hdus: { name?: string; cards: ([string, unknown, string?] | { keyword: string; value: unknown; comment?: string })[] }[];
}

/** The cards of a stamp's header, provenance among them. */
function Header({ job, file }: { job: string; file: string }): ReactNode {
  const [text, setText] = useState("");
  const { data, error, isPending } = useQuery({
    queryKey: ["header", job, file],
    queryFn: ({ signal }) => call<HeaderDocument>(`/files/jobs/${job}/out/${file.split("/").map(encodeURIComponent).join("/")}?header`, { signal }),
    staleTime: Infinity,
  });
  if (isPending) return <Loading what="Reading the header" />;
  if (error) return <ErrorNotice error={error} title="The header cannot be shown" />;
  const sought = text.trim().toUpperCase();
  return (
    <>
      <input className="find-card" type="search" placeholder="Find in the header" aria-label="Find in the header" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <div className="cards" tabIndex={0} role="region" aria-label="FITS header">
        {data.hdus.map((hdu, index) => (
          <Cards key={`${hdu.name ?? ""} ${index}`} hdu={hdu} sought={sought} />
        ))}
      </div>
    </>
  );
}

type Card = HeaderDocument["hdus"][number]["cards"][number];

/** The cards of one HDU that hold the sought text; nothing where none does. */
function Cards({ hdu, sought }: { hdu: HeaderDocument["hdus"][number]; sought: string }): ReactNode {
  const cards = hdu.cards.map(cardWords).filter((card) => !sought || card.some((each) => each.toUpperCase().includes(sought)));
  if (!cards.length) return null;
  return (
    <table className="grid-table small">
      <caption>{hdu.name?.trim() ? hdu.name : "PRIMARY"}</caption>
      <tbody>
        {cards.map(([keyword, value, comment], at) => (
          <tr key={`${keyword} ${at}`}>
            <th scope="row">
              <code>{keyword}</code>
            </th>
            <td>
              <code className="break">{value}</code>
            </td>
            <td className="soft">{comment}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Keyword, value and comment. */
function cardWords(card: Card): [string, string, string] {
  return Array.isArray(card) ? [card[0], valueWords(card[1]), card[2] ?? ""] : [card.keyword, valueWords(card.value), card.comment ?? ""];
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : typeof value === "boolean" ? (value ? "T" : "F") : JSON.stringify(value);
}
