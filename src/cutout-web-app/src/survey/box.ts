/** Boxes of the sky, along the rows and columns of a map: its stamps have the same edges. */
import type { SkyLayer } from "../api/types";
import type { Entry, Placed } from "./catalogue";
import type { Grid, MapPlace, SkyPlace } from "./grid";

/** A box about its centre. */
export interface SkyBox extends SkyPlace {
  /** Width and height [arcmin]. */
  across: number;
  up: number;
}

type Scaled = Pick<SkyLayer, "pixel_scale_arcmin">;

/** The box with two opposite corners; null where its centre is beside the sky. */
export function boxBetween({ pixel_scale_arcmin: scale }: Scaled, grid: Grid | null, one: MapPlace, other: MapPlace): SkyBox | null {
  const centre = grid?.toSky({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
  return centre ? { ...centre, across: Math.abs(one.x - other.x) * scale, up: Math.abs(one.y - other.y) * scale } : null;
}

/** The corners of a box on a map: the lowest, and the highest. */
export function cornersOf({ pixel_scale_arcmin: scale }: Scaled, grid: Grid | null, box: SkyBox): [MapPlace, MapPlace] | null {
  const centre = grid?.toMap(box);
  if (!centre) return null;
  const [right, up] = [box.across / scale / 2, box.up / scale / 2];
  return [
    { x: centre.x - right, y: centre.y - up },
    { x: centre.x + right, y: centre.y + up },
  ];
}

/** The objects between two opposite corners. */
export function objectsBetween(objects: readonly Placed[], one: MapPlace, other: MapPlace): Entry[] {
  const lies = (value: number, from: number, to: number): boolean => value >= Math.min(from, to) && value <= Math.max(from, to);
  return objects.filter(({ at }) => lies(at.x, one.x, other.x) && lies(at.y, one.y, other.y)).map(({ entry }) => entry);
}
