/** The survey's field with footprints and targets; a click gives a position. */
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type PointerEvent, type ReactNode } from "react";
import type { Footprint } from "../api/types";
import { formatDec, formatRa } from "./coordinates";
import { drawSky, readInk, type SkyTarget } from "./draw";
export { gridLines } from "./projection";
import { fitField, placeAt, toShape, viewProjection, WHOLE, type View } from "./projection";
import { ZoomButtons } from "./ZoomButtons";

interface Props {
  footprints: readonly Footprint[];
  targets: readonly SkyTarget[];
  onPick?: (ra: number, dec: number) => void;
}

const STATE_WORDS = { unknown: "not checked yet", inside: "inside the maps", edge: "at an edge", outside: "outside the maps", hours: "if read as hours", degrees: "if read as degrees" };
const MAX_ZOOM = 400;

export function SkyMap({ footprints, targets, onPick }: Props): ReactNode {
  const { ref: box, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<View>(WHOLE);
  const [hover, setHover] = useState<{ x: number; y: number; text: string } | null>(null);
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | null>(null);
  const scheme = useComputedColorScheme("light");

  const shapes = useMemo(() => footprints.map((each) => ({ band: each.band, shape: toShape(each) })), [footprints]);
  const [wide, high] = [Math.max(width, 100), Math.max(height, 100)];
  const fit = useMemo(() => fitField(shapes.map((each) => each.shape), wide, high), [shapes, wide, high]);
  const projection = useMemo(() => viewProjection(fit, wide, high, view), [fit, wide, high, view]);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || width < 10) return undefined;
    const frame = requestAnimationFrame(() => {
      const element = canvas.current;
      if (!element) return;
      const ratio = window.devicePixelRatio || 1;
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawSky(context, projection, { width, height }, shapes, targets, readInk(element, shapes.map((each) => each.band)));
    });
    return () => cancelAnimationFrame(frame);
  }, [projection, shapes, targets, width, height, scheme]);

  const zoomBy = (factor: number): void =>
    setView((now) => {
      const zoom = Math.min(MAX_ZOOM, Math.max(1, now.zoom * factor));
      return zoom === 1 ? WHOLE : { ...now, zoom };
    });

  const at = (event: PointerEvent): [number, number] => {
    const edge = event.currentTarget.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  };

  const move = (event: PointerEvent): void => {
    const [x, y] = at(event);
    const from = drag.current;
    if (from && Math.hypot(x - from.x, y - from.y) > 4) from.moved = true;
    if (from?.moved) {
      setView({ zoom: from.view.zoom, x: from.view.x + (x - from.x) / from.view.zoom, y: from.view.y + (y - from.y) / from.view.zoom });
      setHover(null);
      return;
    }
    const near = nearest(targets, projection, x, y);
    const place = placeAt(projection, x, y);
    const where = place ? `${formatRa(place.ra, 0)} ${formatDec(place.dec, 0)}` : "";
    setHover(near ? { x, y, text: `${near.name}, ${STATE_WORDS[near.state]}` } : where ? { x, y, text: where } : null);
  };

  const release = (event: PointerEvent): void => {
    const from = drag.current;
    drag.current = null;
    if (!from || from.moved || !onPick) return;
    const place = placeAt(projection, ...at(event));
    if (place) onPick(place.ra, place.dec);
  };

  return (
    <div className="sky" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={skySummary(targets)}
        className={onPick ? "sky-canvas picks" : "sky-canvas"}
        onPointerDown={(event) => {
          const [x, y] = at(event);
          drag.current = { x, y, view, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerLeave={() => setHover(null)}
      />
      {hover ? (
        <div className="sky-tip" style={{ left: Math.min(hover.x + 12, width - 150), top: Math.max(hover.y - 30, 2) }}>
          {hover.text}
        </div>
      ) : null}
      <ZoomButtons whole="field" onZoom={zoomBy} onWhole={() => setView(WHOLE)} />
    </div>
  );
}

export function skySummary(targets: readonly SkyTarget[]): string {
  if (!targets.length) return "Map of the sky with the footprints of the maps and no targets. The same is written below the map.";
  const counts = (Object.keys(STATE_WORDS) as (keyof typeof STATE_WORDS)[])
    .map((state) => [targets.filter((each) => each.state === state).length, STATE_WORDS[state]] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${count} ${words}`);
  return `Map of the sky with the footprints of the maps and ${targets.length} targets: ${counts.join(", ")}. The same is written below the map.`;
}

function nearest(targets: readonly SkyTarget[], projection: ReturnType<typeof viewProjection>, x: number, y: number): SkyTarget | null {
  if (targets.length > 20_000) return null;
  let best: SkyTarget | null = null;
  let least = 8;
  for (const target of targets) {
    const place = projection([target.ra, target.dec]);
    if (!place) continue;
    const distance = Math.hypot(place[0] - x, place[1] - y);
    if (distance < least) [best, least] = [target, distance];
  }
  return best;
}
