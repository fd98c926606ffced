/** The lines and numbers of a plot's values. */
import type { ReactNode } from "react";
import { ticks } from "./curve";

interface Props {
  range: readonly [number, number];
  /** About how many lines. */
  count: number;
  /** Where the lines begin and end, and how high a value stands. */
  left: number;
  right: number;
  y: (value: number) => number;
}

export function ValueAxis({ range, count, left, right, y }: Props): ReactNode {
  return ticks(range, count).map((tick) => (
    <g key={tick}>
      <line className={tick === 0 ? "curve-zero" : "curve-grid"} x1={left} x2={right} y1={y(tick)} y2={y(tick)} />
      <text x={left - 6} y={y(tick) + 4} textAnchor="end">
        {tick}
      </text>
    </g>
  ));
}
