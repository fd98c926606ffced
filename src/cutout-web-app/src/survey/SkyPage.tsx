import "../styles/survey.css";
import { Button, useComputedColorScheme } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { SkyLayer } from "../api/types";
import { THEME_COLOURS } from "../preview/colours";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { useAddressState } from "../shell/useAddressState";
import { useBlink } from "../shell/useBlink";
import { usePageTitle } from "../shell/usePageTitle";
import { chosenLayer, compositeOf, gridKey, otherBands, readAddress, writeAddress } from "./address";
import { targetsOfJob, type Catalogue, type Entry } from "./catalogue";
import { CataloguePanel } from "./CataloguePanel";
import type { SkyPlace } from "./grid";
import { skyLayers, skyStatistics } from "./layers";
import { ObjectsPanel } from "./ObjectsPanel";
import { PackagedPanel } from "./PackagedPanel";
import { usePackaged } from "./packaged";
import { Palette, type Palettes, type SkyLook } from "./paint";
import { Picked, type PickedBox, type PickedPlace } from "./Picked";
import { SkyControls } from "./SkyControls";
import { SkyView } from "./SkyView";

const NO_ENTRIES: readonly Entry[] = [];

export default function SkyPage(): ReactNode {
  usePageTitle("Sky");
  const { data, error, refetch } = useQuery(skyLayers);
  if (error && !data) return <ErrorNotice isPage error={error} title="The sky cannot be shown" retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const first = chosenLayer(data, null);
  if (first) return <Survey layers={data} first={first} />;
  return (
    <>
      <div className="page-head">
        <h1>Sky</h1>
      </div>
      <EmptyState
        action={
          <Button component={Link} to="/" size="xs" variant="default">
            Cut stamps out of single observations
          </Button>
        }
      >
        The coadded maps would be here, to be looked at, but the archive has none yet.
      </EmptyState>
    </>
  );
}

function Survey({ layers, first }: { layers: readonly SkyLayer[]; first: SkyLayer }): ReactNode {
  const { shown, change } = useAddressState(readAddress, writeAddress);
  const [marker, setMarker] = useState<PickedPlace | null>(null);
  const [box, setBox] = useState<PickedBox | null>(null);
  const chosen = box ?? marker;
  const [isBoxing, setBoxing] = useState(false);
  const [own, setOwn] = useState<Catalogue | null>(null);
  const ofJob = useQuery(targetsOfJob(shown.job));
  const catalogue = own ?? ofJob.data ?? null;
  const packaged = usePackaged(shown);
  const entries = useMemo(() => [...(catalogue?.entries ?? []), ...packaged.entries], [catalogue, packaged.entries]);
  const [visible, setVisible] = useState(NO_ENTRIES);
  const [visits, setVisits] = useState(0);
  const pick = (place: PickedPlace | null): void => {
    setMarker(place);
    setBox(null);
  };
  const visit = (entry: Entry): void => {
    pick(entry);
    change({ place: entry });
    setVisits((count) => count + 1);
  };
  const [isBlinking, setBlinking] = useState(false);
  const layer = chosenLayer(layers, shown.layer) ?? first;
  const plane = layer.planes.includes(shown.plane) ? shown.plane : "SCI";
  const bands = useMemo(() => otherBands(layers, layer), [layers, layer]);
  const composite = useMemo(() => compositeOf(bands), [bands]);
  const isComposite = shown.isComposite && composite.length > 0;
  const painted = useMemo((): readonly [SkyLayer, ...SkyLayer[]] => {
    const [red, ...others] = composite;
    return isComposite && red ? [red, ...others] : [layer];
  }, [isComposite, composite, layer]);
  const statistics = useQueries({ queries: painted.map((each) => skyStatistics(each, plane)) });
  const failed = statistics.find(({ error: reason }) => reason);
  const limits = statistics.map(({ data }) => shown.limits ?? data?.limits ?? null);
  const isBlank = statistics.every(({ data }) => data) && limits.includes(null);
  const scheme = useComputedColorScheme("light");
  const colours = shown.colours ?? THEME_COLOURS[scheme];
  const palettes = usePalettes(limits, { stretch: shown.stretch, colours }, isComposite);
  useBlink(isBlinking, bands, layer, (next) => change({ layer: next.id }));
  const settle = useCallback((place: SkyPlace | null, scale: number) => change({ place, scale }), [change]);

  return (
    <>
      <div className="page-head survey-head">
        <h1>Sky</h1>
        <p className="soft">The coadded maps themselves: move, enlarge, and click on a place to cut it out.</p>
      </div>
      {failed ? <ErrorNotice error={failed.error} title="The map cannot be shown" retry={() => void failed.refetch()} /> : null}
      {isBlank ? <p className="hint" role="status">The map would be here, but nothing of it is observed. Choose another one.</p> : null}
      <SkyControls
        layers={layers}
        layer={layer}
        bands={bands}
        shown={{ ...shown, plane, isComposite, colours }}
        hasComposite={composite.length > 0}
        limits={isComposite ? shown.limits : (limits[0] ?? null)}
        isBlinking={isBlinking}
        isBoxing={isBoxing}
        change={change}
        onBlink={setBlinking}
        onBoxing={setBoxing}
      />
      <div className="survey-catalogues">
        <PackagedPanel packaged={packaged} onShow={(catalogues) => change({ catalogues })} />
        <CataloguePanel
          catalogue={catalogue}
          error={ofJob.error}
          onRead={setOwn}
          onDrop={() => {
            setOwn(null);
            change({ job: null });
          }}
        />
      </div>
      <SkyView
        key={`${gridKey(layer)} ${visits}`}
        layers={painted}
        plane={plane}
        palettes={palettes}
        hasGraticule={shown.hasGraticule}
        place={shown.place}
        scale={shown.scale}
        marker={marker}
        box={box}
        isBoxing={isBoxing}
        entries={entries}
        onSettle={settle}
        onVisible={setVisible}
        onPick={pick}
        onBox={(drawn, objects) => {
          setMarker(null);
          setBox({ ...drawn, objects });
          setBoxing(false);
        }}
      />
      <ObjectsPanel entries={entries} visible={visible} onPick={visit} />
      {chosen ? <Picked place={chosen} onClose={() => pick(null)} /> : null}
    </>
  );
}

/** Palettes for the layers, the same as long as nothing of them changes: tiles are painted anew for others. */
function usePalettes(limits: readonly ([number, number] | null)[], { stretch, colours }: Pick<SkyLook, "stretch" | "colours">, isComposite: boolean): Palettes | null {
  const ends = JSON.stringify(limits);
  return useMemo(() => {
    const each = JSON.parse(ends) as ([number, number] | null)[];
    const known = each.filter((pair) => pair !== null);
    if (known.length < each.length) return null;
    return known.map(([low, high]) => new Palette({ low, high, stretch, colours: isComposite ? "grey" : colours }));
  }, [ends, stretch, colours, isComposite]);
}
