import { Button, FileButton, Group, Switch, Textarea } from "@mantine/core";
import { useMemo, useState, type DragEvent, type ReactNode } from "react";
import type { TargetCoverage } from "../api/types";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { countText } from "../shell/texts";
import { Refusal } from "../sky/refusal";
import type { Checked, CheckedRow } from "../targets/check";
import { readTableFile } from "../targets/files";
import { withoutRow } from "../targets/split";
import { badRowsCsv, keepGood } from "../targets/write";
import { ColumnsNotice } from "./ColumnsNotice";
import { withTable, type Draft } from "./draft";
import { TargetTable } from "./TargetTable";
import type { Change } from "./useDraft";

interface Props {
  draft: Draft;
  change: Change;
  checked: Checked;
  coverage: ReadonlyMap<number, TargetCoverage>;
}

/** Longer tables are not shown as text: browsers are slow at that. */
const MAX_TEXT_LINES = 1500;

const EXAMPLE = `OBJID,RA,DEC
SPT-CL J0000-5748,0.2499,-57.8066
SPT-CL J0001-5440,00:01:39.6,-54:40:16
my-source,358.36,-54.84
`;

const PLACEHOLDER = `One target a line, with or without a name:

SPT-CL J0000-5748  0.2499  -57.8066
00:01:39.6 -54:40:16`;

export function TargetsPanel({ draft, change, checked, coverage }: Props): ReactNode {
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const isLong = useMemo(() => draft.text.split("\n", MAX_TEXT_LINES + 1).length > MAX_TEXT_LINES, [draft.text]);

  const load = async (file: File | null): Promise<void> => {
    if (!file) return;
    try {
      const { text, renamed } = await readTableFile(file);
      setRefused(null);
      change({ ...withTable(text), renamed, fileName: file.name });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefused(`${file.name} ${error.message}.`);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void load(event.dataTransfer.files[0] ?? null);
  };
  const clear = (): void => change(withTable(""));

  return (
    <section
      className={over ? "card drop-over" : "card"}
      aria-labelledby="targets-title"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="card-head">
        <h2 id="targets-title">Targets</h2>
        <Group gap="xs">
          <FileButton onChange={(file) => void load(file)} accept=".csv,.txt,.tsv,.ecsv,.xml,.vot,.votable,text/csv,application/x-votable+xml">
            {(props) => (
              <Button {...props} size="xs" variant="default" leftSection={<Icon name="file" />}>
                Upload a table
              </Button>
            )}
          </FileButton>
          {draft.text ? (
            <Button size="xs" variant="subtle" color="gray" onClick={clear}>
              Clear
            </Button>
          ) : (
            <Button size="xs" variant="subtle" onClick={() => change(withTable(EXAMPLE))}>
              Try an example
            </Button>
          )}
        </Group>
      </div>
      {isLong ? (
        <LongTable draft={draft} count={checked.rows.length} />
      ) : (
        <Textarea
          label="Positions: right ascension and declination, ICRS"
          description="Degrees or sexagesimal; paste from a paper, a spreadsheet or TOPCAT, upload CSV, ECSV or VOTable, or click on the sky."
          placeholder={PLACEHOLDER}
          value={draft.text}
          onChange={(event) => change(withTable(event.currentTarget.value))}
          autosize={false}
          rows={6}
          spellCheck={false}
          classNames={{ input: "mono positions" }}
        />
      )}
      {refused ? (
        <p className="hint hint-bad" role="alert">
          {refused}
        </p>
      ) : null}
      <ColumnsNotice checked={checked} byService={draft.renamed} onChange={(mapping) => change({ mapping })} />
      <Understood draft={draft} change={change} checked={checked} coverage={coverage} />
    </section>
  );
}

function LongTable({ draft, count }: { draft: Draft; count: number }): ReactNode {
  return (
    <div className="hint">
      <p>
        <strong>{draft.fileName ?? "Pasted table"}</strong>, {countText(count, "row")}. Remove rows in the list below, or clear it and upload another table.
      </p>
      <Button size="xs" variant="default" leftSection={<Icon name="download" />} onClick={() => saveAs("targets.csv", draft.text)}>
        Save as it is now
      </Button>
    </div>
  );
}

/** The table as it was understood, with what is wrong with it. */
function Understood({ draft, change, checked, coverage }: Props): ReactNode {
  const [onlyBad, setOnlyBad] = useState(false);
  const { rows, bad, problems } = checked;
  const shown = useMemo(() => (onlyBad && bad ? rows.filter((row) => row.problems.length) : rows), [rows, onlyBad, bad]);
  if (!rows.length && !problems.length) return null;
  const remove = (row: CheckedRow): void => change((now) => ({ text: rows.length > 1 ? withoutRow(now.text, row) : "" }));
  return (
    <>
      <div className="understood" role="status">
        <span>
          <strong className="number">{countText(rows.length, "target")}</strong>
          {bad ? (
            <span className="text-bad">
              {" "}
              <Icon name="warning" /> {countText(bad, "row needs", "rows need")} attention
            </span>
          ) : rows.length && !problems.length ? (
            <span className="text-good">
              {" "}
              <Icon name="check" /> all rows can be read
            </span>
          ) : null}
        </span>
        {bad ? (
          <Group gap="xs">
            <Switch size="xs" label="Show only these" checked={onlyBad} onChange={(event) => setOnlyBad(event.currentTarget.checked)} />
            <Button size="xs" variant="default" disabled={bad === rows.length} onClick={() => change({ text: keepGood(checked), mapping: {}, renamed: [] })}>
              Keep good rows
            </Button>
            <Button size="xs" variant="subtle" onClick={() => saveAs("bad-rows.csv", badRowsCsv(checked))}>
              Download bad rows
            </Button>
          </Group>
        ) : null}
      </div>
      {problems.map((each) => (
        <p className="hint hint-bad" role="alert" key={each.field}>
          <strong>{each.field}</strong>: {each.message}
        </p>
      ))}
      {rows.length ? <TargetTable rows={shown} coverage={coverage} size={defaultSize(draft)} onRemove={remove} /> : null}
    </>
  );
}

function defaultSize({ xsize, ysize }: Draft): string {
  return ysize.trim() && ysize !== xsize ? `${xsize}\u2032 × ${ysize}\u2032` : `${xsize}\u2032`;
}
