import type { ReactNode } from "react";
import { bandText } from "../bands";
import type { Footprint } from "../api/types";
import { formatDegrees } from "./coordinates";

/** What the sky map shows, in words: the way for keyboards and screen readers. */
export function SkyText({ footprints }: { footprints: readonly Footprint[] }): ReactNode {
  return (
    <details className="sky-text">
      <summary>The footprints in words</summary>
      <table className="grid-table small">
        <thead>
          <tr>
            <th scope="col">Band</th>
            <th scope="col">Maps</th>
            <th scope="col">RA</th>
            <th scope="col">Dec</th>
          </tr>
        </thead>
        <tbody>
          {footprints.map((each) => (
            <tr key={`${each.band} ${each.filetype} ${each.tag ?? ""}`}>
              <td>{bandText(each.band)}</td>
              <td>{each.tag ? `coadd ${each.tag}` : each.filetype}</td>
              <td className="number">{raText(each)}</td>
              <td className="number">{decText(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** The interval of right ascensions, across the meridian of 0 where it is shorter. */
export function raText({ polygons }: Pick<Footprint, "polygons">): string {
  const ras = polygons.flat().map(([ra]) => ra);
  if (!ras.length) return "";
  const turned = ras.map((ra) => (ra > 180 ? ra - 360 : ra));
  const span = (values: number[]): number => Math.max(...values) - Math.min(...values);
  const best = span(turned) < span(ras) ? turned : ras;
  const wrap = (ra: number): string => `${formatDegrees(Number((((ra % 360) + 360) % 360).toFixed(1)))}°`;
  return `${wrap(Math.min(...best))} to ${wrap(Math.max(...best))}`;
}

function decText({ polygons }: Pick<Footprint, "polygons">): string {
  const decs = polygons.flat().map(([, dec]) => dec);
  if (!decs.length) return "";
  const text = (dec: number): string => `${formatDegrees(Number(dec.toFixed(1)))}°`;
  return `${text(Math.min(...decs))} to ${text(Math.max(...decs))}`;
}
