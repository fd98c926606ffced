/** The sky itself: moved and enlarged by pointer, wheel, fingers and keys, with the value under the pointer. */
import { useElementSize } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type { SkyLayer, SkyPlane } from "../api/types";
import type { gridLines } from "../sky/projection";
import { ZoomButtons } from "../sky/ZoomButtons";
import { boxBetween, objectsBetween, type SkyBox } from "./box";
import { inView, nearest, placed, type Entry, type Placed } from "./catalogue";
import { drawScene, type Scene } from "./chart";
import { gridOf, type Grid, type MapPlace, type SkyPlace } from "./grid";
import type { Palettes } from "./paint";
import { usePointers, useWheel, type ScreenPoint } from "./pointers";
import { Readout } from "./Readout";
import { TileStore } from "./tiles";
import { bounded, fromScreen, panned, tilesFor, wholeView, zoomedAt, type MapView, type Size } from "./view";

interface Props {
  /** One layer, or three on the same pixels as red, green and blue. */
  layers: readonly [SkyLayer, ...SkyLayer[]];
  plane: SkyPlane;
  /** How each of them is painted; null until that is known. */
  palettes: Palettes | null;
  hasGraticule: boolean;
  /** Where the view begins. */
  place: SkyPlace | null;
  scale: number | null;
  marker: SkyPlace | null;
  /** The box that was chosen. */
  box: SkyBox | null;
  /** Whether dragging draws a box also without Shift. */
  isBoxing: boolean;
  /** Objects that are laid over the map. */
  entries: readonly Entry[];
  onSettle: (place: SkyPlace | null, scale: number) => void;
  /** A place that was chosen, with the name of the object that stands there. */
  onPick: (place: SkyPlace & { name?: string }) => void;
  /** The objects in the view, whenever it has come to rest. */
  onVisible: (objects: readonly Entry[]) => void;
  /** A box that was drawn, with the objects in it. */
  onBox: (box: SkyBox, objects: readonly Entry[]) => void;
}

const SETTLED_MS = 250;
const STEP = 60;
const KEYS: Record<string, [number, number]> = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
/** A click so many pixels beside an object still means it. */
const REACH = 12;

export function SkyView({ layers, plane, palettes, hasGraticule, place, scale, marker, box: chosen, isBoxing, entries, onSettle, onVisible, onPick, onBox }: Props): ReactNode {
  const [layer] = layers;
  const { ref: sheet, width, height } = useElementSize();
  const size = useMemo(() => ({ width, height }), [width, height]);
  const store = useStore();
  const [begun, setView] = useState<MapView | null>(null);
  const [hover, setHover] = useState<[number, number] | null>(null);
  const grid = useMemo(() => gridOf(layer), [layer]);
  const objects = useMemo(() => placed(entries, grid), [entries, grid]);
  const view = begun ?? (width > 0 ? firstView(layer, grid, size, place, scale) : null);
  const least = width > 0 ? wholeView(layer, size).zoom / 2 : 0;
  const middle: ScreenPoint = [width / 2, height / 2];
  const drawn = useBox(layer, grid, objects, view && fromScreen(view, size, middle), onBox);
  const hovered = hover && view ? nearest(objects, fromScreen(view, size, hover), REACH / view.zoom) : null;
  const canvas = useCanvas({ layers, plane, palettes, hasGraticule, marker, box: drawn.box ?? chosen, objects, hovered }, grid, view, size, store);

  const settle = useRef(onSettle);
  useEffect(() => {
    settle.current = onSettle;
  });
  useEffect(() => {
    if (!begun) return undefined;
    const timer = setTimeout(() => settle.current(grid?.toSky(begun) ?? null, layer.pixel_scale_arcmin / begun.zoom), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [begun, grid, layer]);

  useVisible(objects, view, size, onVisible);

  const change = useCallback(
    (update: (now: MapView) => MapView) => setView((now) => bounded(update(now ?? firstView(layer, grid, size, place, scale)), layer)),
    [layer, grid, size, place, scale],
  );
  const zoomAt = useCallback((point: readonly [number, number], factor: number) => change((now) => zoomedAt(now, size, point, factor, least)), [change, size, least]);
  const pointers = usePointers({
    change,
    zoomAt,
    pick: (point) => {
      if (!view) return;
      const at = fromScreen(view, size, point);
      const found = nearest(objects, at, REACH / view.zoom) ?? grid?.toSky(at);
      if (found) onPick(found);
    },
    hover: setHover,
    box: (from, to, isDone) => {
      if (view) drawn.draw(fromScreen(view, size, from), fromScreen(view, size, to), isDone);
    },
    dropBox: drawn.drop,
    isBoxing,
  });
  useWheel(canvas, zoomAt);

  const press = (event: KeyboardEvent): void => {
    const step = KEYS[event.key];
    if (step) change((now) => panned(now, ...step));
    else if (event.key === "+" || event.key === "=") zoomAt(middle, 1.5);
    else if (event.key === "-") zoomAt(middle, 1 / 1.5);
    else if (event.key === "0" || event.key === "Home") change(() => wholeView(layer, size));
    else if (event.key === "b" || (event.key === "Enter" && drawn.box)) drawn.toggle();
    else if (event.key === "Escape" && drawn.box) drawn.drop();
    else if (event.key === "Enter") pointers.pick(middle);
    else return;
    event.preventDefault();
  };
  const at: MapPlace | null = view && fromScreen(view, size, hover ?? middle);

  return (
    <>
      <div className="survey" ref={sheet}>
        <canvas
          ref={canvas}
          className={["survey-canvas", isBoxing && "is-boxing", hovered && "is-on-object"].filter(Boolean).join(" ")}
          role="application"
          tabIndex={0}
          aria-label="Map of the sky. Arrow keys move it, plus and minus enlarge it, 0 shows all of it, Enter takes the middle as a target, B begins a box in the middle and ends it where the middle is then. What stands in the middle is written below."
          onKeyDown={press}
          onPointerDown={pointers.down}
          onPointerMove={pointers.move}
          onPointerUp={pointers.up}
          onPointerCancel={pointers.cancel}
          onPointerLeave={() => setHover(null)}
        />
        <ZoomButtons whole="map" onZoom={(factor) => zoomAt(middle, factor)} onWhole={() => change(() => wholeView(layer, size))} />
      </div>
      <Readout layers={layers} plane={plane} grid={grid} store={store} zoom={view?.zoom ?? 1} at={at} isPointer={hover !== null} />
    </>
  );
}

/** A box as it is drawn: by a pointer between two points, or by keys from one middle of the view to another. */
function useBox(layer: SkyLayer, grid: Grid | null, objects: readonly Placed[], middle: MapPlace | null, onBox: Props["onBox"]) {
  const [ends, setEnds] = useState<{ from: MapPlace; to: MapPlace | null } | null>(null);
  const until = ends?.to ?? middle;
  const drop = (): void => setEnds(null);
  const draw = (from: MapPlace, to: MapPlace, isDone: boolean): void => {
    const box = isDone ? boxBetween(layer, grid, from, to) : null;
    if (box) onBox(box, objectsBetween(objects, from, to));
    setEnds(isDone ? null : { from, to });
  };
  return {
    box: ends && until && boxBetween(layer, grid, ends.from, until),
    draw,
    drop,
    toggle: (): void => {
      if (!middle) return;
      if (ends && !ends.to) draw(ends.from, middle, true);
      else setEnds({ from: middle, to: null });
    },
  };
}

/** Says which objects are in the view, once that has come to rest. */
function useVisible(objects: readonly Placed[], view: MapView | null, size: Size, onVisible: Props["onVisible"]): void {
  const say = useRef(onVisible);
  useEffect(() => {
    say.current = onVisible;
  });
  const key = view ? `${view.x} ${view.y} ${view.zoom}` : "";
  const now = useRef(view);
  useEffect(() => {
    now.current = view;
  });
  useEffect(() => {
    const timer = setTimeout(() => {
      if (now.current) say.current(inView(objects, now.current, size));
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [objects, key, size]);
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
  { layers, plane, palettes, hasGraticule, marker, box, objects, hovered }: Pick<Props, "layers" | "plane" | "palettes" | "hasGraticule" | "marker" | "box"> & Pick<Scene, "objects" | "hovered">,
  grid: ReturnType<typeof gridOf>,
  view: MapView | null,
  size: { width: number; height: number },
  store: TileStore,
): React.RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  const linesOf = useLines();
  useEffect(() => {
    if (view && size.width > 0) store.request(layers, plane, tilesFor(layers[0], view, size));
  }, [store, layers, plane, view, size]);
  useNextFrame(() => {
    const element = canvas.current;
    const context = element?.getContext("2d", { alpha: false });
    if (!element || !context) return;
    // What still stands there is of another map, until it is known how to paint this one.
    element.classList.toggle("is-stale", !palettes);
    if (!view || !palettes) {
      element.dataset.missing = "";
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (element.width !== wide || element.height !== high) [element.width, element.height] = [wide, high];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawScene(context, store, { layers, plane, grid, view, size, palettes, linesOf: hasGraticule ? linesOf : null, marker, box, objects, hovered });
    element.dataset.missing = String(store.missing);
  });
  return canvas;
}

/** Draws what was rendered last, once a frame: whatever comes more often than frames must not put the drawing off. */
function useNextFrame(draw: () => void): void {
  const next = useRef(draw);
  const frame = useRef(0);
  useEffect(() => {
    next.current = draw;
    frame.current ||= requestAnimationFrame(() => {
      frame.current = 0;
      next.current();
    });
  });
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );
}

/** What finds the lines of a graticule: it comes with the chart of footprints, after the first picture. */
function useLines(): typeof gridLines | null {
  const [lines, setLines] = useState<{ of: typeof gridLines } | null>(null);
  useEffect(() => {
    import("../sky/SkyMap").then((chart) => setLines({ of: chart.gridLines }), () => undefined);
  }, []);
  return lines?.of ?? null;
}
