import { Button, Checkbox, Chip, Group, NumberInput, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState, type ReactNode } from "react";
import { bandText, compareBands } from "../bands";
import { STATUSES, type Job, type Outcome } from "../api/types";
import { valueText } from "../preview/scale";
import { fileAddress } from "../preview/StampView";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { SortButton } from "../shell/SortButton";
import { bytesText, countText } from "../shell/texts";
import { NoRows } from "./NoRows";
import { useOpenStamp } from "./openStamp";
import { StatusMark, statusWord } from "./StatusMark";
import { downloadMatching, downloadSelected } from "./selection";
import { useFirstRows, useRowsAround } from "./rows";
import { isFiltered, nextSort, WHOLE_VIEW, type RowSort, type RowView } from "./rowView";
import { useRowView } from "./useRowView";

const HEIGHT = 40;
const HEADS: [string, RowSort | null][] = [
  ["", null],
  ["Target", "objid"],
  ["Band", "band"],
  ["Map", "map_id"],
  ["Status", "status"],
  ["Value", "value"],
  ["S/N", "snr"],
  ["File", null],
  ["Size", "size"],
  ["SHA-256", null],
];

/** Every target on every map: what became of it, and its file. */
export function TargetsTable({ job }: { job: Job }): ReactNode {
  const { view, change } = useRowView();
  const first = useFirstRows(job.jobId, view);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (first.isPending) return <Loading what="Reading the targets" />;
  if (first.error) return <ErrorNotice error={first.error} title="The targets cannot be shown" retry={() => void first.refetch()} />;
  const { total, statuses = {}, bands = {} } = first.data;
  return (
    <>
      <div className="filters">
        <TypedFilters view={view} change={change} />
        <fieldset className="set">
          <legend>Status</legend>
          <Chip.Group multiple value={view.statuses} onChange={(next) => change({ statuses: STATUSES.filter((each) => next.includes(each)) })}>
            <Group gap={6}>
              {STATUSES.filter((status) => statuses[status]).map((status) => (
                <Chip key={status} value={status} size="xs">
                  {(statuses[status] ?? 0).toLocaleString("en")} {statusWord(status)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </fieldset>
        <fieldset className="set">
          <legend>Band</legend>
          <Chip.Group multiple value={view.bands} onChange={(next) => change({ bands: next })}>
            <Group gap={6}>
              {Object.keys(bands).sort(compareBands).map((band) => (
                <Chip key={band} value={band} size="xs">
                  {bandText(band)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </fieldset>
      </div>
      <div className="bulk">
        <span className="small number" role="status">
          {countText(total, "row")}
          {chosen.size ? `, ${chosen.size} chosen` : ""}
        </span>
        <Group gap="xs">
          {chosen.size ? (
            <>
              <Button size="xs" onClick={() => downloadSelected(job.jobId, [...chosen])} leftSection={<Icon name="download" />}>
                Download {countText(chosen.size, "file")} as tar
              </Button>
              <Button size="xs" variant="subtle" onClick={() => setChosen(new Set())}>
                Choose none
              </Button>
            </>
          ) : isFiltered(view) && total ? (
            <Button size="xs" variant="default" onClick={() => downloadMatching(job.jobId, view)} leftSection={<Icon name="download" />}>
              Download what is shown as tar
            </Button>
          ) : null}
        </Group>
      </div>
      {total ? (
        <Rows job={job.jobId} view={view} change={change} total={total} chosen={chosen} setChosen={setChosen} />
      ) : isFiltered(view) ? (
        <EmptyState
          action={
            <Button size="xs" variant="default" onClick={() => change({ ...WHOLE_VIEW, sort: view.sort })}>
              Show all rows
            </Button>
          }
        >
          Rows that pass all filters would be here; none does.
        </EmptyState>
      ) : (
        <NoRows job={job} what="Each target on each map" />
      )}
    </>
  );
}

interface FilterProps {
  view: RowView;
  change: (part: Partial<RowView>) => void;
}

/** Filters that are typed: they count once the typing pauses. */
function TypedFilters({ view, change }: FilterProps): ReactNode {
  const [text, setText] = useState(view.text);
  const [snr, setSnr] = useState<number | string>(view.snr ?? "");
  const show = useDebouncedCallback(change, 300);
  // What the address says, not what is typed: it changes by other hands too.
  const [known, setKnown] = useState(view);
  if (known !== view) {
    setKnown(view);
    if (view.text !== known.text) setText(view.text);
    if (view.snr !== known.snr) setSnr(view.snr ?? "");
  }
  const typed = (part: { text?: string; snr?: number | string }): void => {
    const next = { text, snr, ...part };
    setText(next.text);
    setSnr(next.snr);
    show({ text: next.text, snr: typeof next.snr === "number" ? next.snr : null });
  };
  return (
    <>
      <TextInput size="xs" label="Find a target" value={text} onChange={(event) => typed({ text: event.currentTarget.value })} />
      <NumberInput size="xs" label="S/N at least" className="filter-number" value={snr} onChange={(next) => typed({ snr: next })} allowDecimal hideControls />
    </>
  );
}

interface RowsProps {
  job: string;
  view: RowView;
  change: (part: Partial<RowView>) => void;
  total: number;
  chosen: ReadonlySet<string>;
  setChosen: (chosen: ReadonlySet<string>) => void;
}

function Rows({ job, view, change, total, chosen, setChosen }: RowsProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [, open] = useOpenStamp();
  const virtual = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 12 });
  const items = virtual.getVirtualItems();
  const rowAt = useRowsAround(job, view, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const choose = (path: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(path);
    else next.delete(path);
    setChosen(next);
  };
  return (
    <div className="rows-box rows-tall" ref={box} tabIndex={0} role="region" aria-label="Targets and files">
      <div role="table" aria-label="Targets and files" aria-rowcount={total + 1} className="rows outcome-rows">
        <div role="row" className="row row-head" aria-rowindex={1}>
          {HEADS.map(([title, column]) => (
            <Head key={title} title={title} column={column} view={view} change={change} />
          ))}
        </div>
        <div role="rowgroup" className="rows-sheet" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rowAt(item.index);
            return (
              <div key={item.key} role="row" aria-rowindex={item.index + 2} className="row" style={{ transform: `translateY(${item.start}px)`, height: HEIGHT }}>
                {row ? <Cells job={job} row={row} isChosen={row.file !== null && chosen.has(row.file)} choose={choose} open={open} /> : <div role="cell" className="soft">…</div>}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ title, column, view, change }: { title: string; column: RowSort | null } & FilterProps): ReactNode {
  if (!column) return <div role="columnheader">{title || <span className="visually-hidden">Choose</span>}</div>;
  const direction = view.sort?.column === column ? view.sort.direction : null;
  return (
    <div role="columnheader" aria-sort={direction ?? "none"}>
      <SortButton title={title} direction={direction} onClick={() => change({ sort: nextSort(view.sort, column) })} />
    </div>
  );
}

interface CellsProps {
  job: string;
  row: Outcome;
  isChosen: boolean;
  choose: (path: string, on: boolean) => void;
  open: (row: Outcome) => void;
}

function Cells({ job, row, isChosen, choose, open }: CellsProps): ReactNode {
  const { file } = row;
  return (
    <>
      <div role="cell">{file ? <Checkbox size="xs" checked={isChosen} onChange={(event) => choose(file, event.currentTarget.checked)} aria-label={`Choose ${file}`} /> : null}</div>
      <div role="cell" className="row-name">
        <button type="button" className="linkish" onClick={() => open(row)} aria-label={`Facts and header of ${row.objid}, ${row.map_id}`}>
          {row.objid}
        </button>
      </div>
      <div role="cell" className="number nowrap">
        {bandText(row.band)}
      </div>
      <div role="cell" className="row-name" title={`${row.map_id}${row.date_beg ? `, ${row.date_beg}` : ""}`}>
        {row.map_id}
      </div>
      <div role="cell" className="row-status" title={row.reason ?? undefined}>
        <StatusMark status={row.status} covered={row.covered} />
        {row.reason ? <span className="soft small">: {row.reason}</span> : null}
      </div>
      <div role="cell" className="number nowrap">
        {row.value == null ? "–" : `${valueText(row.value)} ${row.unit ?? ""}`}
      </div>
      <div role="cell" className="number nowrap">
        {row.snr == null ? "–" : valueText(row.snr)}
      </div>
      <div role="cell" className="row-name">
        {file ? <a href={fileAddress(job, file)}>{file.split("/").at(-1)}</a> : "–"}
      </div>
      <div role="cell" className="number nowrap">
        {row.size === null ? "–" : bytesText(row.size)}
      </div>
      <div role="cell" className="row-name soft" title={row.sha256 ?? undefined}>
        {row.sha256 ? row.sha256.slice(0, 12) : "–"}
      </div>
    </>
  );
}
