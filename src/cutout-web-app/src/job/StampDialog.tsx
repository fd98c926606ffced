import { Button, CopyButton, Group, Tabs } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import type { Job, Outcome } from "../api/types";
import { drawnLook, type ChosenLook, type Look } from "../preview/colours";
import { LookControls } from "../preview/LookControls";
import { writeLook } from "../preview/lookQuery";
import { oneScale, rangeOf, scaleByTarget } from "../preview/scale";
import { StampView } from "../preview/StampView";
import { useDrawnLook } from "../preview/useDrawnLook";
import { Dialog } from "../shell/Dialog";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { useBlink } from "../shell/useBlink";
import { StampFigure } from "../stamps/StampFigure";
import { StampReadout } from "../stamps/StampReadout";
import { noiseOf, type Stamp } from "../stamps/stamps";
import type { SkyPlace } from "../survey/grid";
import { Palette } from "../survey/paint";
import { ChartSaver } from "./ChartSaver";
import { hasCurves } from "./curve";
import { FilmStrip } from "./FilmStrip";
import { useGridRows } from "./gridRows";
import { LightCurves } from "./LightCurve";
import { Measures, usualRadius } from "./Measures";
import { comparedWith, type OpenStamp } from "./openStamp";
import { targetQuery } from "./rows";
import { StampFacts } from "./StampFacts";
import { StampHeader } from "./StampHeader";
import { stampQuery } from "./stampQuery";
import { useLook, useOneScale } from "./useLook";
import { useRowView } from "./useRowView";
import { useSteps, type Steps } from "./useSteps";
import { useWalk } from "./useWalk";

type Show = (row: Outcome | null) => void;

interface Props {
  job: Job;
  open: OpenStamp;
  show: Show;
}

/** A stamp large, with its values, its facts and its neighbours. */
export function StampDialog({ job, open, show }: Props): ReactNode {
  const { data, error, isPending, refetch } = useQuery(targetQuery(job.jobId, open.objid));
  const { targets } = useGridRows(job.jobId);
  // The page's rows do until the target's own are read, so that a key goes on from here at once.
  const known = targets.find(({ objid, rows: some }) => objid === open.objid && some.some(({ map_id: map }) => map === open.map));
  const rows = data?.rows ?? known?.rows ?? [];
  const row = rows.find(({ map_id: map }) => map === open.map) ?? rows[0];
  const steps = useSteps(job.jobId, { rows, row, isPending }, useRowView().view);
  const walk = useWalk(steps, `${open.objid} ${open.map}`, show);
  const go = (next: Outcome | undefined): void => {
    if (next) show(next);
  };
  useHotkeys([
    ["j", (key) => walk(1, key)],
    ["k", (key) => walk(-1, key)],
    ["n", () => go(steps.after)],
    ["p", () => go(steps.before)],
  ]);
  return (
    <Dialog onClose={() => show(null)} title={open.objid} size="76rem">
      {isPending && !row ? <Loading what="Reading the stamp" /> : null}
      {error ? <ErrorNotice error={error} title="The stamp cannot be shown" retry={() => void refetch()} /> : null}
      {data && !row ? (
        <EmptyState
          action={
            <Button size="xs" variant="default" onClick={() => show(null)}>
              Go to the stamps of the job
            </Button>
          }
        >
          The stamp would be here, but this job has no target of that name, or is not that far yet.
        </EmptyState>
      ) : null}
      {row ? <OpenedRow key={row.target} job={job} rows={rows} row={row} steps={steps} show={show} /> : null}
    </Dialog>
  );
}

interface OpenedProps {
  job: Job;
  /** All rows of the target. */
  rows: readonly Outcome[];
  row: Outcome;
  steps: Steps;
  show: Show;
}

function OpenedRow({ job, rows, row, steps, show }: OpenedProps): ReactNode {
  const [chosen, setLook] = useLook();
  const look = useDrawnLook(chosen);
  const [isBlinking, setBlinking] = useState(false);
  const [pin, setPin] = useState<SkyPlace | null>(null);
  const [radius, setRadius] = useState<number | null>(null);
  const { epochs, bands } = useMemo(() => comparedWith(rows, row), [rows, row]);
  const sigma = useSigma(job.jobId, row, epochs);
  const { data: stamp } = useQuery(stampQuery(job.jobId, row));
  useBlink(isBlinking, bands, row, show);
  const go = (next: Outcome | undefined): void => {
    if (next) show(next);
  };
  useHotkeys([["b", () => setBlinking((now) => !now)]]);
  return (
    <div className="stamp-dialog">
      <div>
        {stamp ? <Valued stamp={stamp} row={row} look={look} sigma={sigma} pin={pin} setPin={setPin} /> : <Pictured job={job.jobId} row={row} look={look} sigma={sigma} />}
        {epochs.length > 1 ? <FilmStrip job={job.jobId} epochs={epochs} row={row} look={look} sigma={sigma} show={show} /> : null}
        <div className="stamp-actions">
          <Group gap="xs">
            <Step label="Previous target" to={steps.previous} go={go} />
            <Step label="Next target" to={steps.next} go={go} />
            <Step label="Previous map" to={steps.before} go={go} />
            <Step label="Next map" to={steps.after} go={go} />
            {bands.length > 1 ? (
              <Button size="xs" variant={isBlinking ? "filled" : "default"} aria-pressed={isBlinking} onClick={() => setBlinking(!isBlinking)}>
                Blink bands
              </Button>
            ) : null}
            <LinkCopier look={chosen} />
          </Group>
          <p className="soft small stamp-keys">
            Keys: <kbd>j</kbd> and <kbd>k</kbd> go to the next and the previous target, <kbd>n</kbd> and <kbd>p</kbd> to its maps, <kbd>b</kbd> blinks its bands.
          </p>
          {row.preview ? <ChartSaver key={row.objid} job={job.jobId} row={row} sigma={sigma} look={drawnLook("light", chosen)} /> : null}
        </div>
        <LookControls look={chosen} onChange={setLook} />
      </div>
      <Tabs defaultValue="facts" className="stamp-facts" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="facts">Facts</Tabs.Tab>
          {stamp ? <Tabs.Tab value="measures">Measures</Tabs.Tab> : null}
          {hasCurves(job) ? <Tabs.Tab value="curves">Light curves</Tabs.Tab> : null}
          {row.file ? <Tabs.Tab value="header">FITS header</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="facts" pt="sm">
          <StampFacts job={job.jobId} row={row} />
        </Tabs.Panel>
        <Tabs.Panel value="measures" pt="sm">
          {stamp ? <Measures stamp={stamp} place={pin ?? row} isTarget={pin === null} radius={radius ?? usualRadius(stamp)} setRadius={setRadius} /> : null}
        </Tabs.Panel>
        <Tabs.Panel value="curves" pt="sm">
          <LightCurves job={job.jobId} objid={row.objid} />
        </Tabs.Panel>
        <Tabs.Panel value="header" pt="sm">
          {row.file ? <StampHeader job={job.jobId} file={row.file} /> : null}
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Step({ label, to, go }: { label: string; to: Outcome | undefined; go: (row: Outcome | undefined) => void }): ReactNode {
  return (
    <Button size="xs" variant="default" disabled={!to} onClick={() => go(to)}>
      {label}
    </Button>
  );
}

interface ValuedProps {
  stamp: Stamp;
  row: Outcome;
  look: Look;
  sigma: number;
  pin: SkyPlace | null;
  setPin: (place: SkyPlace | null) => void;
}

/** The stamp by its values, and those under the pointer. */
function Valued({ stamp, row, look, sigma, pin, setPin }: ValuedProps): ReactNode {
  const [hover, setHover] = useState<SkyPlace | null>(null);
  // Without a unit, previews count in their own noise.
  const noise = rangeOf(row).unit === null ? (noiseOf(stamp) ?? 1) : sigma;
  const palette = useMemo(() => {
    const half = look.sigma * noise;
    return new Palette({ low: -half, high: half, stretch: look.stretch, colours: look.map });
  }, [look, noise]);
  const drop = (): void => {
    setPin(null);
    setHover(null);
  };
  return (
    <>
      <StampFigure stamp={stamp} palette={palette} cross={hover ?? pin} onHover={setHover} onPin={setPin} />
      <StampReadout stamps={[stamp]} place={hover ?? pin ?? row} by={hover ? "pointer" : pin ? "pin" : "target"} onDrop={drop} />
    </>
  );
}

/** The stamp as its preview, until its values are there, or where it has none. */
function Pictured({ job, row, look, sigma }: { job: string; row: Outcome; look: Look; sigma: number }): ReactNode {
  if (!row.preview) return <p className="soft">There is no preview.</p>;
  return <StampView job={job} row={row} sigma={sigma} look={look} size={Math.min(460, window.innerWidth - 110)} />;
}

function LinkCopier({ look }: { look: ChosenLook }): ReactNode {
  const address = new URL(window.location.href);
  writeLook(address.searchParams, look, { all: true });
  return (
    <CopyButton value={address.href}>
      {({ copied, copy }) => (
        <Button size="xs" variant="default" onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
          {copied ? "Copied" : "Copy link"}
        </Button>
      )}
    </CopyButton>
  );
}

/** The noise that the scale counts in, as the page of previews has it. */
function useSigma(job: string, row: Outcome, epochs: readonly Outcome[]): number {
  const [isOneScale] = useOneScale();
  const { rows } = useGridRows(job);
  return useMemo(() => (isOneScale ? oneScale(rows) : scaleByTarget)(row, epochs), [isOneScale, rows, row, epochs]);
}
