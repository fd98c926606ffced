import { ActionIcon } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode } from "react";
import type { TargetCoverage } from "../api/types";
import { Icon } from "../shell/icons";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { CheckedRow } from "../targets/check";
import { byBand } from "./coverage";

interface Props {
  rows: readonly CheckedRow[];
  coverage: ReadonlyMap<number, TargetCoverage>;
  size: string;
  onRemove: (row: CheckedRow) => void;
}

const ROW_HEIGHT = 44;
const COVER_WORDS = { inside: "inside", edge: "at an edge", outside: "outside" };

/** The targets as they were understood; only the rows in sight are drawn. */
export function TargetTable({ rows, coverage, size, onRemove }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW_HEIGHT, overscan: 8 });
  return (
    <div className="rows-box" ref={box} tabIndex={0} role="region" aria-label="Targets as they were understood">
      <div role="table" aria-label="Targets" aria-rowcount={rows.length + 1} className="rows">
        <div role="row" className="row row-head" aria-rowindex={1}>
          {["Row", "Name", "Position (ICRS)", "Size", "In the maps", ""].map((title) => (
            <div role="columnheader" key={title}>
              {title || <span className="visually-hidden">Remove</span>}
            </div>
          ))}
        </div>
        <div role="rowgroup" className="rows-sheet" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return row ? (
              <TargetRow key={item.key} row={row} top={item.start} index={item.index} coverage={coverage.get(row.row)} size={size} onRemove={onRemove} />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  row: CheckedRow;
  top: number;
  index: number;
  coverage: TargetCoverage | undefined;
  size: string;
  onRemove: (row: CheckedRow) => void;
}

function TargetRow({ row, top, index, coverage, size, onRemove }: RowProps): ReactNode {
  const problem = row.problems[0];
  return (
    <div role="row" aria-rowindex={index + 2} className={problem ? "row row-bad" : "row"} style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT }}>
      <div role="cell" className="number soft">
        {row.row}
      </div>
      <Name row={row} stem={coverage?.stem} />
      {problem ? (
        <div role="cell" aria-colspan={3} className="row-problem" title={row.problems.map((each) => `${each.field}: ${each.message}`).join("\n")}>
          <Icon name="warning" /> <strong>{problem.field}</strong> <code>{problem.value?.slice(0, 30)}</code> {problem.message}
        </div>
      ) : (
        <>
          <Position row={row} />
          <div role="cell" className="number">
            {sizeText(row, size)}
          </div>
          <Coverage target={coverage} warning={row.warning} />
        </>
      )}
      <div role="cell">
        <ActionIcon variant="subtle" color="gray" onClick={() => onRemove(row)} aria-label={`Remove row ${row.row}`}>
          <Icon name="cross" />
        </ActionIcon>
      </div>
    </div>
  );
}

/** The name as it was given, and what its files are called where that is something else. */
function Name({ row: { name }, stem }: { row: CheckedRow; stem: string | undefined }): ReactNode {
  const files = stem && stem !== name ? stem : null;
  return (
    <div role="cell" className="row-name" title={files ? `${name}\nfiles: ${files}` : name}>
      {name || "–"}
      {files ? <span className="soft small"> files: {files}</span> : null}
    </div>
  );
}

function Position({ row: { ra, dec } }: { row: CheckedRow }): ReactNode {
  return (
    <div role="cell" className="row-place number">
      {ra === null || dec === null ? null : (
        <>
          <span>
            {formatDegrees(ra)}° {formatDegrees(dec)}°
          </span>
          <span className="soft">
            {formatRa(ra)} {formatDec(dec)}
          </span>
        </>
      )}
    </div>
  );
}

function Coverage({ target, warning }: { target: TargetCoverage | undefined; warning: string | null }): ReactNode {
  const bands = byBand(target);
  return (
    <div role="cell" className="row-cover">
      {bands.map(([band, covered]) => (
        <span key={band} className={`cover cover-${covered}`} title={`${band}: ${COVER_WORDS[covered]}`}>
          {band.replace("GHz", "")}
          <span className="visually-hidden"> GHz {COVER_WORDS[covered]}</span>
        </span>
      ))}
      {bands.length && bands.every(([, covered]) => covered === "outside") ? <span className="row-note">no data here</span> : null}
      {warning ? <span className="row-note">{warning}</span> : null}
    </div>
  );
}

function sizeText({ cells }: CheckedRow, size: string): string {
  const { XSIZE: x, YSIZE: y } = cells;
  if (!x && !y) return size;
  return x && y && x !== y ? `${x}\u2032 × ${y}\u2032` : `${x ?? y ?? ""}\u2032`;
}
