import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { bandShape, bandText, bandToken } from "../bands";
import { ApiError } from "../api/client";
import { footprints, summary, vocabulary as vocabularyQuery } from "../api/queries";
import type { Footprint, Vocabulary } from "../api/types";
import { SavedButton } from "../saved/SavedButton";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { usePageTitle } from "../shell/usePageTitle";
import { SkyText } from "../sky/SkyText";
import type { Checked } from "../targets/check";
import { draftOfJob } from "./clone";
import { Coverage, skyTargets } from "./coverage";
import { draftBefore, replaceDraft, type Choice, type Draft } from "./draft";
export { draftOfJob } from "./clone";
export { emptyDraft, loadDraft, replaceDraft, withTable } from "./draft";
import { fitDraft, makeOffer, withPossiblePixels } from "./offer";
import { OptionsPanel } from "./OptionsPanel";
import { notesOf } from "./notes";
import { formProblems, toParameters } from "./parameters";
import { goodRows } from "./reading";
import { readingTargets } from "./readings";
import { SubmitPanel } from "./SubmitPanel";
import { TargetsPanel } from "./TargetsPanel";
import { useUnclear } from "./UnclearNotice";
import { useDraft, type Change } from "./useDraft";
import { useServerCheck, warnedRows } from "./useServerCheck";
import { useTable } from "./useTable";

const SkyMap = lazy(async () => ({ default: (await import("../sky/SkyMap")).SkyMap }));

export default function NewJobPage(): ReactNode {
  usePageTitle("New job");
  const { data, error, refetch } = useQuery(vocabularyQuery);
  if (data) return <Form vocabulary={data} />;
  return error ? <ErrorNotice isPage error={error} title="The form cannot be shown" retry={() => void refetch()} /> : <Loading />;
}

function Form({ vocabulary }: { vocabulary: Vocabulary }): ReactNode {
  const { limits } = vocabulary;
  const { draft: entered, change, kept } = useDraft(vocabulary);
  const clone = useClone(vocabulary, change);
  const archive = useQuery(summary);
  const shapes = useQuery(footprints);
  const offer = useMemo(() => makeOffer(vocabulary, archive.data, entered), [vocabulary, archive.data, entered]);
  const draft = useMemo(() => withPossiblePixels(entered, offer), [entered, offer]);

  const table = useTable(draft.text, draft.mapping, limits);
  const { checked, csv } = table;
  const problems = useMemo(() => formProblems(draft, limits), [draft, limits]);
  const good = useMemo(() => goodRows(checked), [checked]);
  const pairs = useMemo(
    () => (good.length && !problems.length && !checked.problems.length ? toParameters(draft, csv) : null),
    [draft, csv, good.length, problems.length, checked.problems.length],
  );
  const server = useServerCheck(pairs, good);
  const coverage = useMemo(() => new Coverage(server.sent, server.validation?.covers ?? null), [server.sent, server.validation]);
  const warned = useMemo(() => warnedRows(server.validation, server.sent), [server.validation, server.sent]);
  const notes = useMemo(() => notesOf(checked.rows, coverage, warned), [checked, coverage, warned]);
  const unclear = useUnclear(checked);
  const targets = useMemo(() => [...skyTargets(checked.rows, coverage), ...readingTargets(unclear)], [checked.rows, coverage, unclear]);
  const shown = useMemo(
    () => selectedFootprints(shapes.data ?? [], draft.bands, draft.filetypes, draft.choice),
    [shapes.data, draft.bands, draft.filetypes, draft.choice],
  );
  const fieldErrors = useMemo(() => new Map(problems.map((each) => [each.field, each.message])), [problems]);

  const changeFitting: Change = (update) =>
    change((now) => {
      const next = { ...now, ...(typeof update === "function" ? update(now) : update) };
      return archive.data && next.choice !== now.choice ? fitDraft(next, makeOffer(vocabulary, archive.data, next)) : next;
    });

  return (
    <>
      <div className="page-head">
        <h1>New job</h1>
        <p className="soft">Name targets, choose maps, get FITS stamps with previews.</p>
        <SavedButton kind="preset" vocabulary={vocabulary} draft={draft} change={changeFitting} csv={csv} why={problems[0] ? "Mend the form first." : null} />
      </div>
      {clone}
      {kept ? null : <p className="hint hint-warn">This table is too long for the browser to keep: after a reload it has to be uploaded again.</p>}
      {archive.error && !(archive.error instanceof ApiError && archive.error.status === 404) ? <ErrorNotice error={archive.error} title="What the archive holds could not be read" retry={() => void archive.refetch()} /> : null}
      <div className="two-columns">
        <div className="column">
          <TargetsPanel vocabulary={vocabulary} draft={draft} change={change} table={table} notes={notes} unclear={unclear} coverage={coverage} />
          <OptionsPanel vocabulary={vocabulary} draft={draft} change={changeFitting} offer={offer} problems={fieldErrors} />
        </div>
        <div className="column column-side">
          <section className="card" aria-labelledby="sky-title">
            <div className="card-head">
              <h2 id="sky-title">Sky</h2>
              <Legend bands={vocabulary.bands} />
            </div>
            <Suspense fallback={<div className="sky"><Loading what="Drawing the sky" /></div>}>
              <SkyMap footprints={shown} targets={targets} onPick={(ra, dec) => change((now) => addPosition(now, checked, ra, dec))} />
            </Suspense>
            <p className="soft small">A click adds a target; dragging moves the map.</p>
            <SkyText footprints={shown} />
          </section>
          <SubmitPanel draft={draft} change={change} checked={checked} pairs={pairs} problems={problems} server={server} isBehind={table.isBehind} />
        </div>
      </div>
    </>
  );
}

/** Footprints of the maps that the choices select; where several are the same, as of coadds of one field, one of them. */
function selectedFootprints(all: readonly Footprint[], bands: readonly string[], types: readonly string[], choice: Choice): Footprint[] {
  const found = new Map<string, Footprint>();
  for (const each of all) {
    const isSelected = choice === "both" || (each.tag != null) === (choice !== "dates");
    if (!isSelected || !bands.includes(each.band) || !types.includes(each.filetype)) continue;
    const key = `${each.band} ${JSON.stringify(each.polygons)}`;
    if (!found.has(key)) found.set(key, each);
  }
  return [...found.values()];
}

function Legend({ bands }: Pick<Vocabulary, "bands">): ReactNode {
  return (
    <ul className="legend small" aria-label="Legend">
      {bands.map(({ name }) => (
        <li key={name}>
          <span className={`swatch swatch-${bandShape(name)}`} style={{ borderColor: `var(--spt-${bandToken(name)})` }} aria-hidden="true" />
          {bandText(name)}
        </li>
      ))}
    </ul>
  );
}

/** Adds a row at a place of the sky, in the columns that the table has. */
export function addPosition(draft: Draft, { names, mapping }: Pick<Checked, "names" | "mapping">, ra: number, dec: number): Partial<Draft> {
  const place: Record<string, string> = { RA: ra.toFixed(5), DEC: dec.toFixed(5) };
  const text = draft.text && !draft.text.endsWith("\n") ? `${draft.text}\n` : draft.text;
  if (!names) return { text: `${text}${place.RA ?? ""} ${place.DEC ?? ""}\n` };
  const separator = [",", ";", "\t"].find((each) => text.split("\n").some((line) => !line.startsWith("#") && line.includes(each))) ?? " ";
  const cells = names.map((_, at) => (mapping.RA === at ? place.RA : mapping.DEC === at ? place.DEC : separator === " " ? '""' : "") ?? "");
  return { text: `${text}${cells.join(separator)}\n` };
}

/** Fills the form with another job's request when the address asks for it. */
function useClone(vocabulary: Vocabulary, change: Change): ReactNode {
  const [search, setSearch] = useSearchParams();
  const id = search.get("clone");
  const [done, setDone] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!id) return undefined;
    const stop = new AbortController();
    draftOfJob(id, vocabulary, stop.signal)
      .then((draft) => {
        replaceDraft(draft, vocabulary);
        change(draft);
        setDone(id);
        setSearch({}, { replace: true });
      })
      .catch((reason: unknown) => {
        if (!stop.signal.aborted) setError(reason);
      });
    return () => stop.abort();
  }, [id, vocabulary, change, setSearch]);
  if (error) return <ErrorNotice error={error} title="The job's request could not be read" />;
  if (!done) return id ? <Loading what="Reading the job's request" /> : null;
  const back = (): void => {
    change(draftBefore(vocabulary));
    setDone(null);
  };
  return (
    <p className="hint" role="status">
      The form is filled with the request of job <code>{done.slice(0, 8)}</code>.{" "}
      {draftBefore(vocabulary).text ? (
        <Anchor component="button" type="button" onClick={back}>
          Bring back what was here
        </Anchor>
      ) : null}
    </p>
  );
}

