import "../styles/survey.css";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { Button } from "@mantine/core";
import { vocabulary as vocabularyQuery } from "../api/queries";
import type { SkyLayer } from "../api/types";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { useAddressState } from "../shell/useAddressState";
import { usePageTitle } from "../shell/usePageTitle";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { csvCell } from "../targets/split";
import { chosenLayer, otherBands, readAddress, writeAddress, type Shown } from "./address";
import { lookText, targetsOfJob, type Catalogue, type Entry } from "./catalogue";
import { CataloguePanel } from "./CataloguePanel";
import type { SkyPlace } from "./grid";
import { skyLayers, skyStatistics } from "./layers";
import type { SkyLook } from "./paint";
import { SkyControls } from "./SkyControls";
import { SkyView } from "./SkyView";

const BLINK_MS = 900;
const NO_ENTRIES: Catalogue["entries"] = [];

/** A place that was chosen, with a name where an object stands there. */
type PickedPlace = SkyPlace & { name?: string };

export default function SkyPage(): ReactNode {
  usePageTitle("Sky");
  const { data, error, refetch } = useQuery(skyLayers);
  if (error && !data) return <ErrorNotice error={error} title="The sky cannot be shown" retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const first = chosenLayer(data, null);
  if (first) return <Survey layers={data} first={first} />;
  return (
    <div className="page-head">
      <h1>Sky</h1>
      <p className="soft">The archive has no coadds yet: as soon as some are ingested, they can be looked at here.</p>
    </div>
  );
}

function Survey({ layers, first }: { layers: readonly SkyLayer[]; first: SkyLayer }): ReactNode {
  const { shown, change } = useAddressState(readAddress, writeAddress);
  const [marker, setMarker] = useState<PickedPlace | null>(null);
  const [own, setOwn] = useState<Catalogue | null>(null);
  const ofJob = useQuery(targetsOfJob(shown.job));
  const catalogue = own ?? ofJob.data ?? null;
  const [visits, setVisits] = useState(0);
  const visit = (entry: Entry): void => {
    setMarker(entry);
    change({ place: entry });
    setVisits((count) => count + 1);
  };
  const [isBlinking, setBlinking] = useState(false);
  const layer = chosenLayer(layers, shown.layer) ?? first;
  const plane = layer.planes.includes(shown.plane) ? shown.plane : "SCI";
  const bands = useMemo(() => otherBands(layers, layer), [layers, layer]);
  const statistics = useQuery(skyStatistics(layer, plane));
  const limits = shown.limits ?? statistics.data?.limits ?? null;
  const look = useLook(limits, shown);
  useBlink(isBlinking, bands, layer, (next) => change({ layer: next.id }));
  const settle = useCallback((place: SkyPlace | null, scale: number) => change({ place, scale }), [change]);

  return (
    <>
      <div className="page-head survey-head">
        <h1>Sky</h1>
        <p className="soft">The coadded maps themselves: move, enlarge, and click on a place to cut it out.</p>
      </div>
      {statistics.error ? <ErrorNotice error={statistics.error} title="The map cannot be shown" retry={() => void statistics.refetch()} /> : null}
      {statistics.data && !limits ? <p className="hint" role="status">Nothing of this map is observed.</p> : null}
      <SkyControls
        layers={layers}
        layer={layer}
        bands={bands}
        shown={{ ...shown, plane }}
        limits={limits}
        isBlinking={isBlinking}
        change={change}
        onBlink={setBlinking}
      />
      <CataloguePanel
        catalogue={catalogue}
        error={ofJob.error}
        onRead={setOwn}
        onDrop={() => {
          setOwn(null);
          change({ job: null });
        }}
        onPick={visit}
      />
      <SkyView
        key={`${gridKey(layer)} ${visits}`}
        layer={layer}
        plane={plane}
        look={look}
        hasGraticule={shown.hasGraticule}
        place={shown.place}
        scale={shown.scale}
        marker={marker}
        entries={catalogue?.entries ?? NO_ENTRIES}
        onSettle={settle}
        onPick={setMarker}
      />
      {marker ? <Picked place={marker} onClose={() => setMarker(null)} /> : null}
    </>
  );
}

/** The look, the same object as long as nothing of it changes: tiles are painted anew for another one. */
function useLook(limits: [number, number] | null, { stretch, colours }: Shown): SkyLook | null {
  const [low, high] = limits ?? [NaN, NaN];
  return useMemo(() => (Number.isNaN(low) ? null : { low, high, stretch, colours }), [low, high, stretch, colours]);
}

/** Layers on the same pixels share a view; another grid begins where the address says. */
function gridKey({ wcs, width, height }: SkyLayer): string {
  return JSON.stringify([wcs, width, height]);
}

function useBlink(isBlinking: boolean, bands: readonly SkyLayer[], layer: SkyLayer, show: (next: SkyLayer) => void): void {
  useEffect(() => {
    if (!isBlinking || bands.length < 2) return undefined;
    const timer = setTimeout(() => {
      const next = bands[(bands.indexOf(layer) + 1) % bands.length];
      if (next) show(next);
    }, BLINK_MS);
    return () => clearTimeout(timer);
  });
}

/** A place that was clicked on, and what leads on from there. */
function Picked({ place, onClose }: { place: PickedPlace; onClose: () => void }): ReactNode {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  const navigate = useNavigate();
  const take = async (): Promise<void> => {
    if (!vocabulary) return;
    // The page that comes next anyway; a part of it on its own would make the first load larger.
    const { loadDraft, replaceDraft, withTable } = await import("../newjob/NewJobPage");
    const [names, name] = place.name ? ["OBJID,", `${csvCell(place.name)},`] : ["", ""];
    const table = `${names}RA,DEC\n${name}${place.ra.toFixed(6)},${place.dec.toFixed(6)}\n`;
    replaceDraft({ ...loadDraft(vocabulary), ...withTable(table) }, vocabulary);
    void navigate("/");
  };
  return (
    <section className="card survey-picked" aria-label="Chosen position" role="status">
      <p className="number">
        {place.name ? <strong>{place.name} </strong> : null}
        <strong>
          {formatRa(place.ra)} {formatDec(place.dec)}
        </strong>{" "}
        <span className="soft">
          {formatDegrees(place.ra)}, {formatDegrees(place.dec)}
        </span>
      </p>
      <div className="survey-actions">
        <Button component={Link} to={`/look?${new URLSearchParams({ pos: lookText(place) }).toString()}`}>
          Look at it
        </Button>
        <Button variant="default" onClick={() => void take()} disabled={!vocabulary}>
          Cut it out
        </Button>
        <Button variant="default" onClick={onClose}>
          Drop it
        </Button>
      </div>
    </section>
  );
}
