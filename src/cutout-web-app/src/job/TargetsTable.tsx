import { Button, Checkbox, Chip, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState, type ReactNode } from "react";
import { bandText, compareBands } from "../bands";
import { STATUSES, type Job, type Outcome } from "../api/types";
import { fileAddress } from "../preview/StampView";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { bytesText, countText } from "../shell/texts";
import { useOpenStamp } from "./openStamp";
import { StatusMark, statusWord } from "./StatusMark";
import { downloadMatching, downloadSelected } from "./selection";
import { NO_FILTER, useFirstRows, useRowsAround, type RowFilter } from "./rows";

const HEIGHT = 40;
const TITLES = ["", "Target", "Band", "Map", "Status", "File", "Size", "SHA-256"];

/** Every target on every map: what became of it, and its file. */
export function TargetsTable({ job }: { job: Job }): ReactNode {
  const [filter, setFilter] = useState<RowFilter>(NO_FILTER);
  const [text] = useDebouncedValue(filter.text, 300);
  const asked = { ...filter, text };
  const first = useFirstRows(job.jobId, asked);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (first.isPending) return <Loading what="Reading the targets" />;
  if (first.error) return <ErrorNotice error={first.error} title="The targets cannot be shown" retry={() => void first.refetch()} />;
  const { total, statuses = {}, bands = {} } = first.data;
  const isFiltered = filter.statuses.length + filter.bands.length > 0 || filter.text !== "";
  return (
    <>
      <div className="filters">
        <TextInput size="xs" label="Find a target" value={filter.text} onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })} />
        <fieldset className="set">
          <legend>Status</legend>
          <Chip.Group multiple value={filter.statuses} onChange={(next) => setFilter({ ...filter, statuses: STATUSES.filter((each) => next.includes(each)) })}>
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
          <Chip.Group multiple value={filter.bands} onChange={(next) => setFilter({ ...filter, bands: next })}>
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
          ) : isFiltered && total ? (
            <Button size="xs" variant="default" onClick={() => downloadMatching(job.jobId, asked)} leftSection={<Icon name="download" />}>
              Download what is shown as tar
            </Button>
          ) : null}
        </Group>
      </div>
      <Rows job={job.jobId} filter={asked} total={total} chosen={chosen} setChosen={setChosen} />
    </>
  );
}

interface RowsProps {
  job: string;
  filter: RowFilter;
  total: number;
  chosen: ReadonlySet<string>;
  setChosen: (chosen: ReadonlySet<string>) => void;
}

function Rows({ job, filter, total, chosen, setChosen }: RowsProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [, open] = useOpenStamp();
  const virtual = useVirtualizer({ count: total, getScrollElement: () => box.current, estimateSize: () => HEIGHT, overscan: 12 });
  const items = virtual.getVirtualItems();
  const rowAt = useRowsAround(job, filter, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
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
          {TITLES.map((title) => (
            <div role="columnheader" key={title}>
              {title || <span className="visually-hidden">Choose</span>}
            </div>
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
