import { ActionIcon } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode } from "react";
import { bandShort, bandText } from "../bands";
import type { Covered } from "../api/types";
import { Icon } from "../shell/icons";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { CheckedRow } from "../targets/check";
import type { Coverage } from "./coverage";

interface Props {
  rows: readonly CheckedRow[];
  coverage: Coverage;
  size: string;
  onRemove: (row: CheckedRow) => void;
  /** Whether the table is about to be another one, in whose text the rows stand elsewhere. */
  isBusy: boolean;
}

const ROW_HEIGHT = 44;
const COVER_WORDS = { inside: "inside", edge: "at an edge", outside: "outside" };

/** The targets as they were understood; only the rows in sight are drawn. */
export function TargetTable({ rows, coverage, size, onRemove, isBusy }: Props): ReactNode {
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
              <TargetRow key={item.key} row={row} top={item.start} index={item.index} coverage={coverage} size={size} onRemove={onRemove} isBusy={isBusy} />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps extends Omit<Props, "rows"> {
  row: CheckedRow;
  top: number;
  index: number;
}

function TargetRow({ row, top, index, coverage, size, onRemove, isBusy }: RowProps): ReactNode {
  const problem = row.problems[0];
  return (
    <div role="row" aria-rowindex={index + 2} className={problem ? "row row-bad" : "row"} style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT }}>
      <div role="cell" className="number soft">
        {row.row}
      </div>
      <Name row={row} files={coverage.stemOf(row)} />
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
          <Cover bands={coverage.byBand(row)} warning={row.warning} />
        </>
      )}
      <div role="cell">
        <ActionIcon variant="subtle" color="gray" disabled={isBusy} onClick={() => onRemove(row)} aria-label={`Remove row ${row.row}`}>
          <Icon name="cross" />
        </ActionIcon>
      </div>
    </div>
  );
}

/** The name as it was given, and what its files are called where that is something else. */
function Name({ row: { name }, files }: { row: CheckedRow; files: string | null }): ReactNode {
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

function Cover({ bands, warning }: { bands: [string, Covered][]; warning: string | null }): ReactNode {
  return (
    <div role="cell" className="row-cover">
      {bands.map(([band, covered]) => (
        <span key={band} className={`cover cover-${covered}`} title={`${band}: ${COVER_WORDS[covered]}`}>
          {bandShort(band)}
          <span className="visually-hidden">{bandText(band).slice(bandShort(band).length)} {COVER_WORDS[covered]}</span>
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
