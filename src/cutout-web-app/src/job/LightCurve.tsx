import { Anchor, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { bandShape, bandText, bandToken } from "../bands";
import { ROOT } from "../api/base";
import { vocabulary } from "../api/queries";
import { Dialog } from "../shell/Dialog";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { countText } from "../shell/texts";
import { curveAddress, curveQuery, curvesOf, dateTicks, measured, momentOfMjd, timeRange, valueRange, type Curve, type Measured, type Point } from "./curve";
import { ValueAxis } from "./ValueAxis";

interface Props {
  job: string;
  objid: string;
}

/** The light curves of a target in a window of their own. */
export function LightCurveDialog({ job, objid, onClose }: Props & { onClose: () => void }): ReactNode {
  return (
    <Dialog onClose={onClose} title={`Light curves of ${objid}`} size="52rem">
      <LightCurves job={job} objid={objid} />
    </Dialog>
  );
}

/** The light curves of a target: a picture for each kind of map, and the numbers. */
export function LightCurves({ job, objid }: Props): ReactNode {
  const { data, error, isPending, refetch } = useQuery(curveQuery(job, objid));
  // Bands have their colours by their places in it.
  useQuery(vocabulary);
  if (isPending) return <Loading what="Reading the light curves" />;
  if (error) return <ErrorNotice error={error} title="The light curves cannot be shown" retry={() => void refetch()} />;
  if (!data.rows.length) return <EmptyState>The target's light curves would be here, but no observation of this job reaches it, or none is finished yet.</EmptyState>;
  return (
    <div className="curves">
      {curvesOf(data.rows).map((curve) => (
        <CurveFigure key={`${curve.filetype} ${curve.unit}`} objid={objid} curve={curve} />
      ))}
      <Group gap="md">
        <span className="soft small">This target alone:</span>
        {[["vot", "VOTable"], ["fits", "FITS"], ["csv", "CSV"]].map(([form = "", label]) => (
          <Anchor key={form} size="sm" href={ROOT + curveAddress(job, form, objid)} download={`${objid}-lightcurve.${form}`}>
            {label}
          </Anchor>
        ))}
      </Group>
      <Numbers points={data.rows} />
    </div>
  );
}

function CurveFigure({ objid, curve }: { objid: string; curve: Curve }): ReactNode {
  const { filetype, unit, bands, points, without } = curve;
  const missing = without ? ` ${countText(without, "observation")} without a value.` : "";
  if (!points.length) return <p className="hint">{filetype}: no value.{missing}</p>;
  const [first, last] = [Math.min(...points.map(({ mjd }) => mjd)), Math.max(...points.map(({ mjd }) => mjd))].map((mjd) => momentOfMjd(mjd).slice(0, 10));
  const said = `${objid}, ${filetype} maps: ${countText(points.length, "value")} from ${first ?? ""} to ${last ?? ""}.${missing}`;
  return (
    <figure className="curve">
      <Plot curve={curve} label={said} />
      <figcaption className="small">
        {bands.map((band) => (
          <span key={band} className="curve-key">
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
              <Mark band={band} x={0} y={0} />
            </svg>
            {bandText(band)}
          </span>
        ))}
        <span className="soft">
          {filetype}, {unit || "unit not known"}.{missing}
        </span>
      </figcaption>
    </figure>
  );
}

const [WIDTH, HEIGHT] = [640, 260];
const EDGE = { left: 62, right: 12, top: 10, bottom: 30 };

function Plot({ curve, label }: { curve: Curve; label: string }): ReactNode {
  const { points, unit } = curve;
  const [times, values] = [timeRange(points), valueRange(points)];
  const x = (mjd: number): number => EDGE.left + ((mjd - times[0]) / (times[1] - times[0])) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number): number => HEIGHT - EDGE.bottom - ((value - values[0]) / (values[1] - values[0])) * (HEIGHT - EDGE.top - EDGE.bottom);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} className="curve-plot">
      <ValueAxis range={values} count={5} left={EDGE.left} right={WIDTH - EDGE.right} y={y} />
      {dateTicks(points, times, 5).map((tick) => (
        <g key={tick}>
          <line className="curve-zero" x1={x(tick)} x2={x(tick)} y1={HEIGHT - EDGE.bottom} y2={HEIGHT - EDGE.bottom + 5} />
          <text x={x(tick)} y={HEIGHT - 10} textAnchor={x(tick) > WIDTH - 70 ? "end" : "middle"}>
            {momentOfMjd(tick).slice(0, 10)}
          </text>
        </g>
      ))}
      <text transform={`translate(12 ${(HEIGHT - EDGE.bottom) / 2}) rotate(-90)`} textAnchor="middle">
        {unit}
      </text>
      {points.map((point) => (
        <PlottedPoint key={`${point.band} ${point.field} ${point.obsid}`} point={point} x={x(point.mjd)} y={y} />
      ))}
    </svg>
  );
}

function PlottedPoint({ point, x, y }: { point: Measured; x: number; y: (value: number) => number }): ReactNode {
  const { band, value, error } = point;
  return (
    <g>
      <title>{`${momentOfMjd(point.mjd)}, ${band}: ${measured(value, error)} ${point.unit ?? ""}`}</title>
      {error ? <line stroke={colourOf(band)} x1={x} x2={x} y1={y(value - error)} y2={y(value + error)} /> : null}
      <Mark band={band} x={x} y={y(value)} />
    </g>
  );
}

/** A band's mark: its own shape as well as its own colour. */
function Mark({ band, x, y }: { band: string; x: number; y: number }): ReactNode {
  const [fill, shape] = [colourOf(band), bandShape(band)];
  if (shape === 0) return <circle cx={x} cy={y} r={3.5} fill={fill} />;
  if (shape === 1) return <rect x={x - 3.2} y={y - 3.2} width={6.4} height={6.4} fill={fill} />;
  return <path d={`M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`} fill={fill} />;
}

function colourOf(band: string): string {
  return `var(--spt-${bandToken(band)})`;
}

function Numbers({ points }: { points: readonly Point[] }): ReactNode {
  return (
    <details>
      <summary className="small">The numbers</summary>
      <div className="curve-numbers" tabIndex={0} role="region" aria-label="Values of the light curves">
        <table className="grid-table small">
          <thead>
            <tr>
              <th scope="col">Middle (UTC)</th>
              <th scope="col">Band</th>
              <th scope="col">Kind</th>
              <th scope="col">Observation</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={`${point.band} ${point.filetype} ${point.field} ${point.obsid}`}>
                <td className="number nowrap">{momentOfMjd(point.mjd)}</td>
                <td className="nowrap">{bandText(point.band)}</td>
                <td>{point.filetype}</td>
                <td className="number">{point.obsid}</td>
                <td className="number">{point.value === null ? `${point.status}: ${point.reason ?? ""}` : `${measured(point.value, point.error)} ${point.unit ?? ""}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
