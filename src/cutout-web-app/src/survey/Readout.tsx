/** What stands under the pointer, or in the middle: place, pixel and value. */
import type { ReactNode } from "react";
import type { SkyLayer, SkyPlane } from "../api/types";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import { valueText } from "../preview/scale";
import type { Grid, MapPlace } from "./grid";
import { valueAt, type TileStore } from "./tiles";
import { levelFor } from "./view";

interface Props {
  layer: SkyLayer;
  plane: SkyPlane;
  grid: Grid | null;
  store: TileStore;
  zoom: number;
  at: MapPlace | null;
  isPointer: boolean;
}

export function Readout({ layer, plane, grid, store, zoom, at, isPointer }: Props): ReactNode {
  const [x, y] = at ? [Math.round(at.x), Math.round(at.y)] : [0, 0];
  const level = levelFor(layer, zoom);
  const factor = layer.levels[level]?.factor ?? 1;
  const value = at ? valueAt(store, layer, plane, level, x, y) : null;
  const sky = (at && grid?.toSky(at)) ?? null;
  return (
    <dl className="survey-readout number" data-layer={layer.id} data-x={x} data-y={y} data-factor={factor} data-value={value ?? ""}>
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
      <div>
        <dt>{whatIsShown(plane, factor)}</dt>
        <dd>{shownValue(value, plane === "SCI" ? layer.unit : layer.weight_unit)}</dd>
      </div>
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
