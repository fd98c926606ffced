/**
 * From a map's pixels to the sky and back, in the browser.
 *
 * Projections, and the rotation from native to celestial coordinates, are those of Calabretta & Greisen 2002,
 * A&A 395, 1077 (sections 2.4, 5.1 to 5.3); pixels are those of Greisen & Calabretta 2002, A&A 395, 1061.
 * FK5 of equinox 2000 is taken for ICRS: they differ by 0.03 arcsec at most.
 */
import type { SkyLayer } from "../api/types";

/** A place on the sky [deg, ICRS]. */
export interface SkyPlace {
  ra: number;
  dec: number;
}

/** A place on a map in pixels from 0; a pixel's centre is a whole number. */
export interface MapPlace {
  x: number;
  y: number;
}

export interface Grid {
  toSky: (place: MapPlace) => SkyPlace | null;
  toMap: (place: SkyPlace) => MapPlace | null;
}

type Pair = [number, number];
type Matrix = [Pair, Pair];

/** Native longitude and latitude [rad] from and to the plane [rad]; null where there is none. */
interface Projection {
  /** Native latitude of the reference point [rad]: of the pole, or of the equator. */
  theta0: number;
  toPlane: (phi: number, theta: number) => Pair | null;
  toSphere: (x: number, y: number) => Pair | null;
}

const { PI, abs, acos, asin, atan, atan2, cos, exp, hypot, log, sin, sqrt, tan } = Math;
const RAD = PI / 180;
const SLACK = 1e-12;

function zenithal(radius: (theta: number) => number | null, latitude: (r: number) => number | null): Projection {
  return {
    theta0: PI / 2,
    toPlane: (phi, theta) => {
      const r = radius(theta);
      return r === null ? null : [r * sin(phi), -r * cos(phi)];
    },
    toSphere: (x, y) => {
      const r = hypot(x, y);
      const theta = latitude(r);
      return theta === null ? null : [r === 0 ? 0 : atan2(x, -y), theta];
    },
  };
}

function cylindrical(upward: (theta: number) => number | null, latitude: (y: number) => number | null): Projection {
  return {
    theta0: 0,
    toPlane: (phi, theta) => {
      const y = upward(theta);
      return y === null ? null : [phi, y];
    },
    toSphere: (x, y) => {
      const theta = latitude(y);
      return theta === null || abs(x) > PI + 1e-9 ? null : [x, theta];
    },
  };
}

const within = (value: number, limit: number): number | null => (abs(value) > limit + SLACK ? null : Math.max(-limit, Math.min(limit, value)));

function sine(value: number): number | null {
  const bounded = within(value, 1);
  return bounded === null ? null : asin(bounded);
}

const PROJECTIONS: Record<string, (pv: (name: string, otherwise: number) => number) => Projection | null> = {
  ZEA: () =>
    zenithal(
      (theta) => sqrt(2 * (1 - sin(theta))),
      (r) => (r > 2 + SLACK ? null : PI / 2 - 2 * asin(Math.min(1, r / 2))),
    ),
  TAN: () => zenithal((theta) => (theta > 0 ? 1 / tan(theta) : null), (r) => atan2(1, r)),
  STG: () => zenithal((theta) => (theta > -PI / 2 ? 2 * tan((PI / 2 - theta) / 2) : null), (r) => PI / 2 - 2 * atan(r / 2)),
  ARC: () => zenithal((theta) => PI / 2 - theta, (r) => (r > PI + SLACK ? null : PI / 2 - r)),
  SIN: (pv) =>
    pv("PV2_1", 0) !== 0 || pv("PV2_2", 0) !== 0
      ? null
      : zenithal((theta) => (theta >= 0 ? cos(theta) : null), (r) => (r > 1 + SLACK ? null : acos(Math.min(1, r)))),
  CAR: () => cylindrical((theta) => theta, (y) => within(y, PI / 2)),
  MER: () => cylindrical((theta) => (abs(theta) < PI / 2 ? log(tan((PI / 2 + theta) / 2)) : null), (y) => 2 * atan(exp(y)) - PI / 2),
  CEA: (pv) => cylindrical((theta) => sin(theta) / pv("PV2_1", 1), (y) => sine(y * pv("PV2_1", 1))),
  SFL: () => ({
    theta0: 0,
    toPlane: (phi, theta) => [phi * cos(theta), theta],
    toSphere: (x, y) => {
      const theta = within(y, PI / 2);
      if (theta === null || abs(x) > PI * cos(theta) + 1e-9) return null;
      return [cos(theta) < SLACK ? 0 : x / cos(theta), theta];
    },
  }),
};

/** Projections whose pixels have coordinates here. */
export const KNOWN_PROJECTIONS = Object.keys(PROJECTIONS);

/** From ICRS to galactic coordinates: by way of FK5 of 2000, in which their pole is defined (astropy 7). */
const GALACTIC = [
  [-0.054875657712592, -0.873437051955616, -0.483835073616715],
  [0.494109437192727, -0.444829721223295, 0.746982183986668],
  [-0.867666137559658, -0.198076337273001, 0.455983813687302],
] as const;

/** The grid of a layer; null where its projection or frame is not one of these. */
export function gridOf(layer: Pick<SkyLayer, "wcs" | "projection" | "frame">): Grid | null {
  const card = (name: string, otherwise: number): number => Number(layer.wcs[name] ?? otherwise);
  const projection = PROJECTIONS[layer.projection]?.(card) ?? null;
  const isFk5 = layer.frame === "FK5" && card("EQUINOX", 2000) === 2000;
  if (!projection || !(layer.frame === "ICRS" || layer.frame === "GALACTIC" || isFk5)) return null;
  const reference = projection.theta0 / RAD;
  const isPlain = card("PV1_0", 0) === 0 && card("PV1_1", 0) === 0 && card("PV1_2", reference) === reference;
  if (!isPlain) return null;
  const matrix = linearOf(card);
  const inverse = inverted(matrix);
  const turn = rotationOf(card, projection.theta0);
  if (!inverse || !turn) return null;
  const [x0, y0] = [card("CRPIX1", 0) - 1, card("CRPIX2", 0) - 1];
  const isGalactic = layer.frame === "GALACTIC";
  return {
    toSky: ({ x, y }) => {
      const native = projection.toSphere(...applied(matrix, x - x0, y - y0));
      if (!native) return null;
      const [lon, lat] = turn.toSky(...native);
      return placeOf(isGalactic ? fromGalactic(lon, lat) : [lon, lat]);
    },
    toMap: ({ ra, dec }) => {
      const [lon, lat] = isGalactic ? toGalactic(ra * RAD, dec * RAD) : [ra * RAD, dec * RAD];
      const plane = projection.toPlane(...turn.toNative(lon, lat));
      if (!plane) return null;
      const [x, y] = applied(inverse, ...plane);
      return { x: x + x0, y: y + y0 };
    },
  };
}

/** The matrix from pixels to the plane [rad]. */
function linearOf(card: (name: string, otherwise: number) => number): Matrix {
  const hasCd = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"].some((name) => card(name, 0) !== 0);
  const entry = (i: number, j: number): number =>
    RAD * (hasCd ? card(`CD${i}_${j}`, 0) : card(`CDELT${i}`, 1) * card(`PC${i}_${j}`, i === j ? 1 : 0));
  return [
    [entry(1, 1), entry(1, 2)],
    [entry(2, 1), entry(2, 2)],
  ];
}

function inverted([[a, b], [c, d]]: Matrix): Matrix | null {
  const area = a * d - b * c;
  return area === 0
    ? null
    : [
        [d / area, -b / area],
        [-c / area, a / area],
      ];
}

function applied([[a, b], [c, d]]: Matrix, x: number, y: number): Pair {
  return [a * x + b * y, c * x + d * y];
}

interface Turn {
  toSky: (phi: number, theta: number) => Pair;
  toNative: (lon: number, lat: number) => Pair;
}

/** The rotation between native and celestial coordinates, by the celestial place of the native pole. */
function rotationOf(card: (name: string, otherwise: number) => number, theta0: number): Turn | null {
  const [lon0, lat0] = [card("CRVAL1", 0) * RAD, card("CRVAL2", 0) * RAD];
  const phiP = card("LONPOLE", lat0 >= theta0 ? 0 : 180) * RAD;
  const pole = theta0 > 0 ? ([lon0, lat0] as Pair) : poleOf(lon0, lat0, phiP, card("LATPOLE", 90) * RAD);
  if (!pole) return null;
  const [lonP, latP] = pole;
  return {
    toSky: (phi, theta) => {
      const along = cos(theta) * cos(phi - phiP);
      return [
        lonP + atan2(-cos(theta) * sin(phi - phiP), sin(theta) * cos(latP) - along * sin(latP)),
        angle(sin(theta) * sin(latP) + along * cos(latP), hypot(cos(theta) * sin(phi - phiP), sin(theta) * cos(latP) - along * sin(latP))),
      ];
    },
    toNative: (lon, lat) => {
      const along = cos(lat) * cos(lon - lonP);
      const across = -cos(lat) * sin(lon - lonP);
      const rest = sin(lat) * cos(latP) - along * sin(latP);
      return [turned(phiP + atan2(across, rest)), angle(sin(lat) * sin(latP) + along * cos(latP), hypot(across, rest))];
    },
  };
}

/** A latitude by its sine and cosine: exact near the poles, too. */
function angle(sine: number, cosine: number): number {
  return atan2(sine, cosine);
}

/** The celestial place of the native pole of a projection whose reference point is on its equator (section 2.4). */
function poleOf(lon0: number, lat0: number, phiP: number, latWanted: number): Pair | null {
  // With phi_0 = theta_0 = 0: latP = atan2(0, cos phi_p) +- acos(sin lat0 / |cos phi_p|).
  const level = cos(phiP);
  const ratio = abs(level) < SLACK ? (abs(sin(lat0)) < SLACK ? 0 : 2) : sin(lat0) / abs(level);
  if (abs(ratio) > 1 + 1e-9) return null;
  const base = atan2(0, level);
  const swing = acos(Math.max(-1, Math.min(1, ratio)));
  const found = [turned(base + swing), turned(base - swing)].filter((lat) => abs(lat) <= PI / 2 + 1e-9);
  if (!found.length) return null;
  const latP = found.reduce((best, each) => (abs(each - latWanted) < abs(best - latWanted) ? each : best));
  const bounded = Math.max(-PI / 2, Math.min(PI / 2, latP));
  if (abs(cos(lat0)) < SLACK) return [lon0, bounded];
  if (PI / 2 - bounded < 1e-9) return [lon0 + phiP - PI, PI / 2];
  if (PI / 2 + bounded < 1e-9) return [lon0 - phiP, -PI / 2];
  return [lon0 - atan2(sin(phiP) / cos(lat0), (0 - sin(bounded) * sin(lat0)) / (cos(bounded) * cos(lat0))), bounded];
}

function turned(radians: number): number {
  const whole = radians - 2 * PI * Math.floor((radians + PI) / (2 * PI));
  return whole === -PI && radians > 0 ? PI : whole;
}

function placeOf([lon, lat]: Pair): SkyPlace {
  const ra = (((lon / RAD) % 360) + 360) % 360;
  return { ra: ra === 360 ? 0 : ra, dec: lat / RAD };
}

function toGalactic(lon: number, lat: number): Pair {
  const from = [cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)] as const;
  return angles(GALACTIC.map((row) => row[0] * from[0] + row[1] * from[1] + row[2] * from[2]));
}

function fromGalactic(lon: number, lat: number): Pair {
  const from = [cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)] as const;
  return angles(([0, 1, 2] as const).map((at) => GALACTIC[0][at] * from[0] + GALACTIC[1][at] * from[1] + GALACTIC[2][at] * from[2]));
}

function angles([x = 0, y = 0, z = 0]: readonly number[]): Pair {
  return [atan2(y, x), atan2(z, hypot(x, y))];
}
