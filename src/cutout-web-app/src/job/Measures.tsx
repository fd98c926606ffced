/** What a stamp holds around a place: numbers in a circle, and its radial profile. */
import { Slider } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { valueText } from "../preview/scale";
import { countText } from "../shell/texts";
import { profileOf, statisticsIn, type Ring } from "../stamps/measure";
import { noiseOf, readingAt, type Stamp } from "../stamps/stamps";
import type { SkyPlace } from "../survey/grid";
import { ticks } from "./curve";
import { ValueAxis } from "./ValueAxis";

interface Props {
  stamp: Stamp;
  /** The middle of the circle, and whether it is the target. */
  place: SkyPlace;
  isTarget: boolean;
  /** Of the circle [arcmin]. */
  radius: number;
  setRadius: (radius: number) => void;
}

const STEP = 0.25;

/** Radius of the circle at first [arcmin]: that of the beam's full width. */
export function usualRadius({ beam, scale }: Stamp): number {
  return Math.max(STEP, Math.round((beam ?? 4 * scale) / STEP) * STEP);
}

export function Measures({ stamp, place, isTarget, radius, setRadius }: Props): ReactNode {
  const centre = useMemo(() => (isTarget ? stamp.target : (stamp.grid?.toMap(place) ?? stamp.target)), [stamp, place, isTarget]);
  const most = Math.max(STEP, Math.floor((stamp.width * stamp.scale) / 2 / STEP) * STEP);
  const found = useMemo(() => statisticsIn(stamp, centre, radius), [stamp, centre, radius]);
  const rings = useMemo(() => profileOf(stamp, centre, Math.max(stamp.scale, (stamp.beam ?? 0) / 2), most), [stamp, centre, most]);
  const noise = useMemo(() => noiseOf(stamp), [stamp]);
  const value = readingAt(stamp, place)?.value ?? NaN;
  const unit = stamp.unit ?? "";
  const text = (each: number): string => `${valueText(each)} ${unit}`;
  const facts: [string, string][] = [
    ["Noise of the stamp", noise === null ? "–" : `${text(noise)} (by the median absolute deviation)`],
    ["Signal to noise in the middle", noise === null || Number.isNaN(value) ? "–" : valueText(value / noise)],
  ];
  if (found) {
    facts.push(
      ["Pixels in the circle", found.count === found.pixels ? countText(found.count, "pixel") : `${found.count} of ${found.pixels} observed`],
      ["Mean", text(found.mean)],
      ["Median", text(found.median)],
      ["Standard deviation", text(found.deviation)],
      ["Least and greatest", `${text(found.least)}, ${text(found.most)}`],
    );
  }
  return (
    <section aria-label="Measures" data-mean={found?.mean ?? ""} data-count={found?.count ?? 0}>
      <p className="soft small">Around {isTarget ? "the target" : "the cross"}.</p>
      <span className="small" id="circle-radius">
        Circle of radius {radius}′
      </span>
      <Slider size="sm" min={STEP} max={most} step={STEP} label={null} value={Math.min(radius, most)} onChange={setRadius} thumbLabel="Radius of the circle in arcminutes" />
      <table className="grid-table small">
        <tbody>
          {facts.map(([name, each]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{each}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rings.length > 1 ? <Profile rings={rings} unit={unit} /> : null}
    </section>
  );
}

const [WIDTH, HEIGHT] = [480, 220];
const EDGE = { left: 56, right: 10, top: 10, bottom: 34 };

/** Means in rings with their errors, against the distance. */
function Profile({ rings, unit }: { rings: readonly Ring[]; unit: string }): ReactNode {
  const far = rings.at(-1)?.radius ?? 1;
  const low = Math.min(0, ...rings.map(({ mean, error }) => mean - error));
  const high = Math.max(0, ...rings.map(({ mean, error }) => mean + error));
  const margin = 0.06 * (high - low || 1);
  const [from, to] = [low - margin, high + margin];
  const x = (radius: number): number => EDGE.left + (radius / far) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number): number => HEIGHT - EDGE.bottom - ((value - from) / (to - from)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const said = `Radial profile: ${countText(rings.length, "ring")}, from ${valueText(rings[0]?.mean ?? 0)} in the middle to ${valueText(rings.at(-1)?.mean ?? 0)} ${unit} at ${valueText(far)} arcmin.`;
  return (
    <figure className="curve">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={said} className="curve-plot profile-plot">
        <ValueAxis range={[from, to]} count={4} left={EDGE.left} right={WIDTH - EDGE.right} y={y} />
        {ticks([0, far], 5).map((tick) => (
          <text key={tick} x={x(tick)} y={HEIGHT - 18} textAnchor="middle">
            {tick}′
          </text>
        ))}
        <text x={(WIDTH + EDGE.left) / 2} y={HEIGHT - 3} textAnchor="middle">
          distance
        </text>
        <text transform={`translate(12 ${(HEIGHT - EDGE.bottom) / 2}) rotate(-90)`} textAnchor="middle">
          {unit}
        </text>
        {rings.map(({ radius, mean, error }) => (
          <g key={radius}>
            <line className="profile-error" x1={x(radius)} x2={x(radius)} y1={y(mean - error)} y2={y(mean + error)} />
            <circle cx={x(radius)} cy={y(mean)} r={3} />
          </g>
        ))}
      </svg>
      <figcaption className="small soft">Mean in rings, with the error of the mean as if pixels were independent: neighbours within a beam are not.</figcaption>
    </figure>
  );
}
