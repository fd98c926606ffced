/** What stands under the pointer, or in the middle: place, pixel and value. */
import type { ReactNode } from "react";
import type { SkyLayer, SkyPlane } from "../api/types";
import { bandText } from "../bands";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { valueText } from "../preview/scale";
import type { Grid, MapPlace } from "./grid";
import { valueAt, type TileStore } from "./tiles";
import { levelFor } from "./view";

interface Props {
  /** What is shown: one layer, or three as red, green and blue. */
  layers: readonly [SkyLayer, ...SkyLayer[]];
  plane: SkyPlane;
  grid: Grid | null;
  store: TileStore;
  zoom: number;
  at: MapPlace | null;
  isPointer: boolean;
}

/** What three layers are painted in, in their order. */
const COMPOSITE_COLOURS = ["red", "green", "blue"];

export function Readout({ layers, plane, grid, store, zoom, at, isPointer }: Props): ReactNode {
  const [layer] = layers;
  const [x, y] = at ? [Math.round(at.x), Math.round(at.y)] : [0, 0];
  const level = levelFor(layer, zoom);
  const factor = layer.levels[level]?.factor ?? 1;
  const read = layers.map((each) => ({ each, value: at ? valueAt(store, each, plane, level, x, y) : null }));
  const sky = (at && grid?.toSky(at)) ?? null;
  return (
    <dl className="survey-readout number" data-layer={layer.id} data-x={x} data-y={y} data-factor={factor} data-value={read[0]?.value ?? ""}>
      <div>
        <dt>{isPointer ? "Under the pointer" : "In the middle"}</dt>
        <dd>{sky ? `${formatRa(sky.ra)} ${formatDec(sky.dec)}` : whyNoPlace(layer, grid)}</dd>
      </div>
      <div>
        <dt>RA, Dec</dt>
        <dd>{sky ? `${formatDegrees(sky.ra)}, ${formatDegrees(sky.dec)}` : "–"}</dd>
      </div>
      <div>
        <dt>Pixel</dt>
        <dd>{at ? `${x}, ${y}` : "–"}</dd>
      </div>
      {read.map(({ each, value }, place) => (
        <div key={each.id} data-band={each.band} data-value={value ?? ""}>
          <dt>{read.length > 1 ? `${bandText(each.band)}, ${COMPOSITE_COLOURS[place] ?? ""}` : whatIsShown(plane, factor)}</dt>
          <dd>{shownValue(value, plane === "SCI" ? each.unit : each.weight_unit)}</dd>
        </div>
      ))}
    </dl>
  );
}

function whyNoPlace({ projection, frame }: SkyLayer, grid: Grid | null): string {
  return grid ? "beside the sky" : `no coordinates: this page does not know ${projection} in ${frame}`;
}

function whatIsShown(plane: SkyPlane, factor: number): string {
  if (factor > 1) return `Mean of ${factor} × ${factor} pixels`;
  return plane === "SCI" ? "Value" : "Weight";
}

function shownValue(value: number | null, unit: string | null): string {
  if (value === null) return "…";
  return Number.isNaN(value) ? "not observed" : `${valueText(value)} ${unit ?? ""}`;
}
