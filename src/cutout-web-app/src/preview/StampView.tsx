import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { bandText } from "../bands";
import { fetchRaw } from "../api/client";
import { ROOT } from "../api/base";
import type { Outcome } from "../api/types";
import { barLength, compass } from "./geometry";
import { paint } from "./previewPaint";
import { readPalettePng } from "./png";
import { endsText, rangeOf } from "./scale";
import { inkOn, type Look } from "./colours";

/** Where the files of a job are, for the reader of this page. */
export function fileAddress(job: string, path: string): string {
  return `${ROOT}/files/jobs/${job}/out/${path.split("/").map(encodeURIComponent).join("/")}`;
}

export function usePreview(job: string, row: Outcome) {
  return useQuery({
    queryKey: ["preview", job, row.preview],
    queryFn: async ({ signal }) => {
      const response = await fetchRaw(fileAddress(job, row.preview ?? "").slice(ROOT.length), signal);
      return readPalettePng(new Uint8Array(await response.arrayBuffer()));
    },
    enabled: row.preview !== null,
    staleTime: Infinity,
  });
}

interface Props {
  job: string;
  row: Outcome;
  /** The noise that the scale counts in. */
  sigma: number;
  look: Look;
  size: number;
}

/** What is to be seen on a stamp, in words. */
export function stampWords(row: Outcome): string {
  const what = `${row.objid} at ${bandText(row.band)}, ${row.filetype} ${row.obsid}`;
  const covered = row.covered !== null && row.covered < 1 ? `, ${Math.round(100 * row.covered)} % covered` : "";
  return `${what}, ${row.xsize} by ${row.ysize} arcmin${covered}`;
}

/** A stamp with its scale bar, beam, and the directions of north and east. */
export function StampView({ job, row, sigma, look, size }: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { data, error } = usePreview(job, row);
  useEffect(() => {
    if (canvas.current && data) paint(canvas.current, data, rangeOf(row), sigma, look);
  }, [data, row, sigma, look]);
  const height = data ? (size * data.height) / data.width : size;
  return (
    <div className="stamp" style={{ width: size }}>
      <div className="stamp-sheet" data-ink={inkOn(look.map)} style={{ width: size, height }}>
        <canvas ref={canvas} role="img" aria-label={stampWords(row)} className="stamp-canvas" />
        {error ? <span className="stamp-fault">the preview could not be read</span> : null}
        {data ? <Signs row={row} size={size} height={height} /> : null}
      </div>
      <span className="stamp-scale number">{data ? endsText(rangeOf(row), sigma, look.sigma) : "…"}</span>
    </div>
  );
}

/** Scale bar, beam, and the directions of north and east, over a stamp that is `size` pixels wide. */
export function Signs({ row, size, height }: { row: Pick<Outcome, "xsize" | "beam" | "north">; size: number; height: number }): ReactNode {
  const perArcmin = size / row.xsize;
  const bar = barLength(row.xsize);
  const arrows = compass(row);
  const beam = row.beam ? (row.beam * perArcmin) / 2 : 0;
  const arm = Math.min(20, size / 7);
  const [cx, cy] = [arm + 12, arm + 12];
  return (
    <svg className="stamp-signs" width={size} height={height} aria-hidden="true">
      <line x1={8} x2={8 + bar * perArcmin} y1={height - 8} y2={height - 8} />
      <text x={8} y={height - 13}>
        {bar < 1 ? `${bar * 60}\u2033` : `${bar}\u2032`}
      </text>
      {beam > 1 ? <circle cx={size - 8 - beam} cy={height - 8 - beam} r={beam} /> : null}
      {arrows ? (
        <>
          {(["north", "east"] as const).map((way) => {
            const [dx, dy] = arrows[way];
            return (
              <g key={way}>
                <line x1={cx} y1={cy} x2={cx + arm * dx} y2={cy + arm * dy} />
                <text x={cx + (arm + 7) * dx} y={cy + (arm + 7) * dy} textAnchor="middle" dominantBaseline="central">
                  {way === "north" ? "N" : "E"}
                </text>
              </g>
            );
          })}
        </>
      ) : null}
    </svg>
  );
}
