/** The sky itself: moved and enlarged by pointer, wheel, fingers and keys, with the value under the pointer. */
import { useElementSize } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import type { SkyLayer, SkyPlane } from "../api/types";
import type { gridLines } from "../sky/projection";
import { ZoomButtons } from "../sky/ZoomButtons";
import { nearest, placed, type Entry } from "./catalogue";
import { drawScene } from "./chart";
import { gridOf, type MapPlace, type SkyPlace } from "./grid";
import { Palette, type SkyLook } from "./paint";
import { Readout } from "./Readout";
import { TileStore } from "./tiles";
import { bounded, fromScreen, panned, tilesFor, wholeView, zoomedAt, type MapView } from "./view";

interface Props {
  layer: SkyLayer;
  plane: SkyPlane;
  look: SkyLook | null;
  hasGraticule: boolean;
  /** Where the view begins. */
  place: SkyPlace | null;
  scale: number | null;
  marker: SkyPlace | null;
  /** Objects that are laid over the map. */
  entries: readonly Entry[];
  onSettle: (place: SkyPlace | null, scale: number) => void;
  /** A place that was chosen, with the name of the object that stands there. */
  onPick: (place: SkyPlace & { name?: string }) => void;
}

const SETTLED_MS = 250;
const STEP = 60;
const KEYS: Record<string, [number, number]> = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
const CLICK = 5;
/** A click so many pixels beside an object still means it. */
const REACH = 12;

export function SkyView({ layer, plane, look, hasGraticule, place, scale, marker, entries, onSettle, onPick }: Props): ReactNode {
  const { ref: box, width, height } = useElementSize();
  const size = useMemo(() => ({ width, height }), [width, height]);
  const store = useStore();
  const [begun, setView] = useState<MapView | null>(null);
  const [hover, setHover] = useState<[number, number] | null>(null);
  const grid = useMemo(() => gridOf(layer), [layer]);
  const objects = useMemo(() => placed(entries, grid), [entries, grid]);
  const view = begun ?? (width > 0 ? firstView(layer, grid, size, place, scale) : null);
  const least = width > 0 ? wholeView(layer, size).zoom / 2 : 0;
  const canvas = useCanvas({ layer, plane, look, hasGraticule, marker, objects }, grid, view, size, store);

  const settle = useRef(onSettle);
  useEffect(() => {
    settle.current = onSettle;
  });
  useEffect(() => {
    if (!begun) return undefined;
    const timer = setTimeout(() => settle.current(grid?.toSky(begun) ?? null, layer.pixel_scale_arcmin / begun.zoom), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [begun, grid, layer]);

  const change = useCallback(
    (update: (now: MapView) => MapView) => setView((now) => bounded(update(now ?? firstView(layer, grid, size, place, scale)), layer)),
    [layer, grid, size, place, scale],
  );
  const zoomAt = useCallback((point: readonly [number, number], factor: number) => change((now) => zoomedAt(now, size, point, factor, least)), [change, size, least]);
  const pointers = usePointers(change, zoomAt, (point) => {
    if (!view) return;
    const at = fromScreen(view, size, point);
    const found = nearest(objects, at, REACH / view.zoom) ?? grid?.toSky(at);
    if (found) onPick(found);
  }, setHover);
  useWheel(canvas, zoomAt);

  const middle: [number, number] = [width / 2, height / 2];
  const press = (event: KeyboardEvent): void => {
    const step = KEYS[event.key];
    if (step) change((now) => panned(now, ...step));
    else if (event.key === "+" || event.key === "=") zoomAt(middle, 1.5);
    else if (event.key === "-") zoomAt(middle, 1 / 1.5);
    else if (event.key === "0" || event.key === "Home") change(() => wholeView(layer, size));
    else if (event.key === "Enter") pointers.pick(middle);
    else return;
    event.preventDefault();
  };
  const at: MapPlace | null = view && fromScreen(view, size, hover ?? middle);

  return (
    <>
      <div className="survey" ref={box}>
        <canvas
          ref={canvas}
          className="survey-canvas"
          role="application"
          tabIndex={0}
          aria-label="Map of the sky. Arrow keys move it, plus and minus enlarge it, 0 shows all of it, Enter takes the middle as a target. What stands in the middle is written below."
          onKeyDown={press}
          onPointerDown={pointers.down}
          onPointerMove={pointers.move}
          onPointerUp={pointers.up}
          onPointerCancel={pointers.cancel}
          onPointerLeave={() => setHover(null)}
        />
        <ZoomButtons whole="map" onZoom={(factor) => zoomAt(middle, factor)} onWhole={() => change(() => wholeView(layer, size))} />
      </div>
      <Readout layer={layer} plane={plane} grid={grid} store={store} zoom={view?.zoom ?? 1} at={at} isPointer={hover !== null} />
    </>
  );
}

/** The store of a page's tiles; drawn anew whenever one has come. */
function useStore(): TileStore {
  const [store] = useState(() => new TileStore());
  const [, setCount] = useState(0);
  useEffect(() => {
    let frame = 0;
    const stop = store.onChange(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setCount((count) => count + 1));
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
      store.close();
    };
  }, [store]);
  return store;
}

function firstView(layer: SkyLayer, grid: ReturnType<typeof gridOf>, size: { width: number; height: number }, place: SkyPlace | null, scale: number | null): MapView {
  const whole = wholeView(layer, size);
  const at = place && grid?.toMap(place);
  return bounded({ ...(at ?? whole), zoom: scale === null ? whole.zoom : layer.pixel_scale_arcmin / scale }, layer);
}

/** Draws what is there, and asks for what is missing. */
function useCanvas(
  { layer, plane, look, hasGraticule, marker, objects }: Pick<Props, "layer" | "plane" | "look" | "hasGraticule" | "marker"> & { objects: ReturnType<typeof placed> },
  grid: ReturnType<typeof gridOf>,
  view: MapView | null,
  size: { width: number; height: number },
  store: TileStore,
): React.RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = useMemo(() => look && new Palette(look), [look]);
  const linesOf = useLines();
  useEffect(() => {
    if (view && size.width > 0) store.request(layer, plane, tilesFor(layer, view, size));
  }, [store, layer, plane, view, size]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      // What still stands there is of another map, until it is known how to paint this one.
      element.classList.toggle("is-stale", !palette);
      if (!view || !palette) {
        element.dataset.missing = "";
        return;
      }
      const ratio = window.devicePixelRatio || 1;
      const [wide, high] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (element.width !== wide || element.height !== high) [element.width, element.height] = [wide, high];
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawScene(context, store, { layer, plane, grid, view, size, palette, linesOf: hasGraticule ? linesOf : null, marker, objects });
      element.dataset.missing = String(store.missing);
    });
    return () => cancelAnimationFrame(frame);
  });
  return canvas;
}

/** What finds the lines of a graticule: it comes with the chart of footprints, after the first picture. */
function useLines(): typeof gridLines | null {
  const [lines, setLines] = useState<{ of: typeof gridLines } | null>(null);
  useEffect(() => {
    import("../sky/SkyMap").then((chart) => setLines({ of: chart.gridLines }), () => undefined);
  }, []);
  return lines?.of ?? null;
}

type Point = [number, number];

/** One pointer moves, two enlarge, and one that was not moved picks. */
function usePointers(
  change: (update: (now: MapView) => MapView) => void,
  zoomAt: (point: readonly [number, number], factor: number) => void,
  pick: (point: Point) => void,
  setHover: (point: Point | null) => void,
) {
  const down = useRef(new Map<number, Point>());
  const moved = useRef(0);
  const placeOf = (event: PointerEvent): Point => {
    const edge = event.currentTarget.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  };
  const pinch = (): { middle: Point; apart: number } | null => {
    const [one, other] = [...down.current.values()];
    return one && other ? { middle: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2], apart: Math.hypot(one[0] - other[0], one[1] - other[1]) } : null;
  };
  return {
    pick,
    down: (event: PointerEvent): void => {
      if (down.current.size === 0) moved.current = 0;
      down.current.set(event.pointerId, placeOf(event));
      if (down.current.size > 1) moved.current = Infinity;
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    move: (event: PointerEvent): void => {
      const now = placeOf(event);
      const before = down.current.get(event.pointerId);
      if (event.pointerType !== "touch") setHover(now);
      if (!before) return;
      const apart = pinch();
      down.current.set(event.pointerId, now);
      const after = pinch();
      moved.current += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (apart && after) {
        change((view) => panned(view, after.middle[0] - apart.middle[0], after.middle[1] - apart.middle[1]));
        if (apart.apart > 0) zoomAt(after.middle, after.apart / apart.apart);
      } else if (moved.current > CLICK) change((view) => panned(view, now[0] - before[0], now[1] - before[1]));
    },
    up: (event: PointerEvent): void => {
      const isClick = down.current.has(event.pointerId) && moved.current <= CLICK;
      down.current.delete(event.pointerId);
      if (isClick) pick(placeOf(event));
    },
    cancel: (event: PointerEvent): void => void down.current.delete(event.pointerId),
  };
}

/** The wheel enlarges at the pointer; React's own listeners could not keep the page from moving. */
function useWheel(canvas: React.RefObject<HTMLCanvasElement | null>, zoomAt: (point: readonly [number, number], factor: number) => void): void {
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const edge = element.getBoundingClientRect();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
      zoomAt([event.clientX - edge.left, event.clientY - edge.top], Math.exp((-event.deltaY * lines) / 400));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [canvas, zoomAt]);
}
