import { Button, FileButton, Group, Textarea } from "@mantine/core";
import { useMemo, useState, type ClipboardEvent, type DragEvent, type ReactNode } from "react";
import type { Vocabulary } from "../api/types";
import { SavedButton } from "../saved/SavedButton";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { countText } from "../shell/texts";
import { Refusal } from "../sky/refusal";
import type { CheckedRow } from "../targets/check";
import { readTableFile } from "../targets/files";
import { withoutRows } from "../targets/split";
import { badRowsCsv, keepGood, withPlaces } from "../targets/write";
import { ColumnsNotice } from "./ColumnsNotice";
import type { Coverage } from "./coverage";
import { withTable, type Draft } from "./draft";
import type { Note } from "./notes";
import { NotesList } from "./NotesList";
import type { Unclear } from "./readings";
import { TargetTable } from "./TargetTable";
import { UnclearNotice } from "./UnclearNotice";
import type { Change } from "./useDraft";
import type { Table } from "./useTable";

interface Props {
  vocabulary: Vocabulary;
  draft: Draft;
  change: Change;
  table: Table;
  notes: readonly Note[];
  unclear: readonly Unclear[];
  coverage: Coverage;
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

export function TargetsPanel({ vocabulary, draft, change, table, notes, unclear, coverage }: Props): ReactNode {
  const { checked } = table;
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const isLong = useMemo(() => isLongText(draft.text), [draft.text]);

  const load = async (file: File | null): Promise<void> => {
    if (!file) return;
    try {
      const { text, renamed, readAs } = await readTableFile(file);
      setRefused(null);
      change({ ...withTable(text), renamed, readAs, fileName: file.name });
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
  // A field that first lays out a long text stands still for seconds.
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    const pasted = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
    if (!isLongText(pasted)) return;
    event.preventDefault();
    const { value, selectionStart, selectionEnd } = event.currentTarget;
    change(withTable(value.slice(0, selectionStart) + pasted + value.slice(selectionEnd)));
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
          <FileButton onChange={(file) => void load(file)} accept=".csv,.txt,.dat,.tsv,.ecsv,.tbl,.mrt,.cat,.tex,.reg,.md,.rst,.xml,.vot,.votable,.fits,.fit,.gz,text/csv,application/x-votable+xml,application/fits">
            {(props) => (
              <Button {...props} size="xs" variant="default" leftSection={<Icon name="file" />}>
                Upload a table
              </Button>
            )}
          </FileButton>
          <SavedButton kind="targets" vocabulary={vocabulary} draft={draft} change={change} csv={table.csv} why={whyNotSaved(table)} />
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
        <LongTable draft={draft} table={table} />
      ) : (
        <Textarea
          label="Positions: right ascension and declination, ICRS"
          description="Degrees or sexagesimal; paste from a paper, a spreadsheet or TOPCAT, upload CSV, VOTable, FITS or .xlsx, or click on the sky."
          placeholder={PLACEHOLDER}
          value={draft.text}
          onChange={(event) => change(withTable(event.currentTarget.value))}
          onPaste={paste}
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
      <ColumnsNotice checked={checked} byService={draft.renamed} readAs={draft.readAs} onChange={(mapping) => change({ mapping })} />
      {table.error ? <ErrorNotice error={table.error} title="The table could not be read" /> : null}
      <Understood draft={draft} change={change} table={table} notes={notes} unclear={unclear} coverage={coverage} />
    </section>
  );
}

/** Why the table cannot be kept as a list, or null. */
function whyNotSaved({ checked, isBehind }: Table): string | null {
  if (!checked.rows.length) return "There are no targets in the form yet.";
  if (checked.bad || checked.problems.length) return "Mend the table first.";
  return isBehind ? "The table is being read." : null;
}

function isLongText(text: string): boolean {
  return text.split("\n", MAX_TEXT_LINES + 1).length > MAX_TEXT_LINES;
}

function LongTable({ draft, table }: Pick<Props, "draft" | "table">): ReactNode {
  return (
    <div className="hint">
      <p role="status">
        <strong>{draft.fileName ?? "Pasted table"}</strong>, {table.isBehind ? "being read…" : `${countText(table.checked.rows.length, "row")}.`} Remove rows in the list below, or clear it and upload another table.
      </p>
      <Button size="xs" variant="default" leftSection={<Icon name="download" />} onClick={() => saveAs("targets.csv", draft.text)}>
        Save as it is now
      </Button>
    </div>
  );
}

/** The table as it was understood, with what is to be said of its rows. */
function Understood({ draft, change, table, notes, unclear, coverage }: Omit<Props, "vocabulary">): ReactNode {
  const [key, setKey] = useState<string | null>(null);
  const { rows, bad, problems } = table.checked;
  const note = notes.find((each) => each.key === key);
  const shown = useMemo(() => (note ? rows.filter((row) => note.rows.has(row.row)) : rows), [rows, note]);
  if (!rows.length && !problems.length) return null;
  const remove = (gone: readonly CheckedRow[]): void => change((now) => ({ text: rows.length > gone.length ? withoutRows(now.text, gone) : "" }));
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
            <Button size="xs" variant="default" disabled={bad === rows.length} onClick={() => change({ text: keepGood(table.checked), mapping: {}, renamed: [] })}>
              Keep good rows
            </Button>
            <Button size="xs" variant="subtle" onClick={() => saveAs("bad-rows.csv", badRowsCsv(table.checked))}>
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
      {unclear.map((each) => (
        <UnclearNotice key={each.message} unclear={each} onPick={(places) => change((now) => ({ text: withPlaces(now.text, table.checked, places), mapping: {}, renamed: [] }))} />
      ))}
      <NotesList notes={notes} shown={note?.key ?? null} onShow={setKey} onDrop={(each) => remove(rows.filter((row) => each.rows.has(row.row)))} isBusy={table.isBehind} />
      {rows.length ? <TargetTable rows={shown} coverage={coverage} size={defaultSize(draft)} onRemove={(row) => remove([row])} isBusy={table.isBehind} /> : null}
    </>
  );
}

function defaultSize({ xsize, ysize }: Draft): string {
  return ysize.trim() && ysize !== xsize ? `${xsize}\u2032 × ${ysize}\u2032` : `${xsize}\u2032`;
}
