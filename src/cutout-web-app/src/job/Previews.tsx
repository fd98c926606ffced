import { Switch } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { isFinal } from "../api/phases";
import { vocabulary as vocabularyQuery } from "../api/queries";
import type { Job, Outcome } from "../api/types";
import { oneScale, scaleByTarget, type ScaleOf } from "../preview/scale";
import { StampView } from "../preview/StampView";
import { useDrawnLook } from "../preview/useDrawnLook";
import type { Look } from "../preview/colours";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { formatDec, formatRa } from "../sky/coordinates";
import { hasCurves } from "./curve";
import { useGridRows } from "./gridRows";
import { LightCurveDialog } from "./LightCurve";
import { LookControls } from "../preview/LookControls";
import { NoRows } from "./NoRows";
import { useOpenStamp } from "./openStamp";
import { productsOf } from "./products";
import { columnOf, columnsOf, columnTitle, type TargetRows } from "./rows";
import { StatusMark } from "./StatusMark";
import { useLook, useOneScale } from "./useLook";

const STAMP = 160;
const MAX_EPOCHS = 6;

/** Stamps in a grid: a row for each target, a column for each band. */
export function Previews({ job }: { job: Job }): ReactNode {
  const [chosen, setLook] = useLook();
  const look = useDrawnLook(chosen);
  const [isOneScale, setOneScale] = useOneScale();
  const { pages, rows, targets } = useGridRows(job.jobId);
  const scaleOf = useMemo(() => (isOneScale ? oneScale(rows) : scaleByTarget), [isOneScale, rows]);
  if (pages.isPending) return <Loading what="Reading the previews" />;
  if (pages.error) return <ErrorNotice error={pages.error} title="The previews cannot be shown" retry={() => void pages.refetch()} />;
  if (!rows.length) return <NoRows job={job} what="Each stamp" />;
  return (
    <>
      <LookControls look={chosen} onChange={setLook}>
        <Switch size="sm" label="One scale for all" checked={isOneScale} onChange={(event) => setOneScale(event.currentTarget.checked)} />
      </LookControls>
      {rows.some((row) => row.preview) ? null : <WithoutPreviews job={job} />}
      <Grid job={job.jobId} curves={hasCurves(job)} rows={rows} targets={targets} look={look} scaleOf={scaleOf} more={pages.hasNextPage} readMore={() => void pages.fetchNextPage()} />
    </>
  );
}

/** Why there is no picture among the rows so far. */
function WithoutPreviews({ job }: { job: Job }): ReactNode {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  const asked = productsOf(job) ?? vocabulary?.defaults.products;
  if (!asked) return null;
  const why = !asked.includes("preview")
    ? "This job was asked for no previews. Clone it and choose previews under Products to see its stamps here."
    : isFinal(job.phase)
      ? "None of these targets has a preview: the maps have no data there, or the stamps failed."
      : "No previews yet. They appear here as they are cut.";
  return (
    <p className="hint" role="status">
      {why}
      {hasCurves(job) ? " The light curves open by the buttons beside the targets." : ""}
    </p>
  );
}

interface GridProps {
  job: string;
  curves: boolean;
  rows: Outcome[];
  targets: TargetRows[];
  look: Look;
  scaleOf: ScaleOf;
  more: boolean;
  readMore: () => void;
}

function Grid({ job, curves, rows, targets, look, scaleOf, more, readMore }: GridProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  const [, open] = useOpenStamp();
  const [curveOf, setCurveOf] = useState<string | null>(null);
  const virtual = useVirtualizer({ count: targets.length, getScrollElement: () => box.current, estimateSize: () => STAMP + 56, overscan: 2 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= targets.length - 8) readMore();
  }, [more, last, targets.length, readMore]);
  const template = { gridTemplateColumns: `minmax(9rem, 13rem) repeat(${columns.length}, minmax(${STAMP + 8}px, 1fr))` };
  return (
    <div className="preview-box" ref={box} tabIndex={0} role="region" aria-label="Previews">
      <div role="table" aria-label="Previews" aria-rowcount={targets.length + 1} className="preview-table">
        <div role="row" className="preview-row preview-head" style={template} aria-rowindex={1}>
          <div role="columnheader">Target</div>
          {columns.map((column) => (
            <div role="columnheader" key={column}>
              {columnTitle(column)}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="rows-sheet" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const target = targets[item.index];
            return target ? (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                data-index={item.index}
                ref={virtual.measureElement}
                className="preview-row"
                style={{ ...template, transform: `translateY(${item.start}px)` }}
              >
                <TargetHead target={target} showCurve={curves ? setCurveOf : null} />
                {columns.map((column) => (
                  <Cell key={column} job={job} rows={target.rows.filter((row) => columnOf(row) === column)} look={look} scaleOf={scaleOf} open={open} />
                ))}
              </div>
            ) : null;
          })}
        </div>
      </div>
      {curveOf === null ? null : <LightCurveDialog job={job} objid={curveOf} onClose={() => setCurveOf(null)} />}
    </div>
  );
}

function TargetHead({ target, showCurve }: { target: TargetRows; showCurve: ((objid: string) => void) | null }): ReactNode {
  return (
    <div role="rowheader" className="preview-name">
      <strong>{target.objid}</strong>
      <span className="soft small number">{formatRa(target.ra)}</span>
      <span className="soft small number">{formatDec(target.dec)}</span>
      {showCurve ? (
        <button type="button" className="linkish small" onClick={() => showCurve(target.objid)} aria-label={`Light curves of ${target.objid}`}>
          Light curves
        </button>
      ) : null}
    </div>
  );
}

interface CellProps {
  job: string;
  rows: Outcome[];
  look: Look;
  scaleOf: ScaleOf;
  open: (row: Outcome) => void;
}

function Cell({ job, rows, look, scaleOf, open }: CellProps): ReactNode {
  const pictures = rows.filter((row) => row.preview !== null);
  const others = rows.filter((row) => row.preview === null);
  const next = pictures[MAX_EPOCHS];
  return (
    <div role="cell" className="preview-cell">
      {pictures.slice(0, MAX_EPOCHS).map((row) => (
        <button key={row.map_id} type="button" className="stamp-button" onClick={() => open(row)} title="Open">
          <StampView job={job} row={row} sigma={scaleOf(row, pictures)} look={look} size={STAMP} />
          {row.status === "ok" ? null : <StatusMark status={row.status} covered={row.covered} />}
          {pictures.length > 1 ? <span className="small soft">{row.date_beg?.slice(0, 10) ?? row.obsid}</span> : null}
        </button>
      ))}
      {next ? (
        <button type="button" className="linkish small" onClick={() => open(next)}>
          and {pictures.length - MAX_EPOCHS} more
        </button>
      ) : null}
      {others.slice(0, MAX_EPOCHS).map((row) => (
        <p key={row.map_id} className="preview-none small">
          <StatusMark status={row.status} covered={row.covered} />
          {row.reason ? <span className="soft">: {row.reason}</span> : null}
        </p>
      ))}
      {others.length > MAX_EPOCHS ? <p className="preview-none small soft">and {others.length - MAX_EPOCHS} more, under Targets and files</p> : null}
    </div>
  );
}
