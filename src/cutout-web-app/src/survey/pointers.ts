/** Fingers, mouse and wheel over the sky. */
import { useEffect, useRef, type PointerEvent, type RefObject } from "react";
import { panned, type MapView } from "./view";

/** A point of the screen, from the left and from the top. */
export type ScreenPoint = [number, number];

/** A click may move so many pixels. */
const CLICK = 5;

interface Meanings {
  change: (update: (now: MapView) => MapView) => void;
  zoomAt: (point: readonly [number, number], factor: number) => void;
  pick: (point: ScreenPoint) => void;
  hover: (point: ScreenPoint | null) => void;
  /** A box between two points, as it is drawn, and at the end. */
  box: (from: ScreenPoint, to: ScreenPoint, isDone: boolean) => void;
  /** What was drawn of a box was no box after all. */
  dropBox: () => void;
  /** Whether one pointer draws a box also without Shift. */
  isBoxing: boolean;
}

/** One pointer moves, or draws a box; two enlarge; one that was not moved picks. */
export function usePointers({ change, zoomAt, pick, hover, box, dropBox, isBoxing }: Meanings) {
  const corner = useRef<ScreenPoint | null>(null);
  const giveUp = (): void => {
    if (corner.current) dropBox();
    corner.current = null;
  };
  const down = useRef(new Map<number, ScreenPoint>());
  const moved = useRef(0);
  const placeOf = (event: PointerEvent): ScreenPoint => {
    const edge = event.currentTarget.getBoundingClientRect();
    return [event.clientX - edge.left, event.clientY - edge.top];
  };
  const pinch = (): { middle: ScreenPoint; apart: number } | null => {
    const [one, other] = [...down.current.values()];
    return one && other ? { middle: [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2], apart: Math.hypot(one[0] - other[0], one[1] - other[1]) } : null;
  };
  return {
    pick,
    down: (event: PointerEvent): void => {
      if (down.current.size === 0) {
        moved.current = 0;
        corner.current = event.shiftKey || isBoxing ? placeOf(event) : null;
      } else giveUp();
      down.current.set(event.pointerId, placeOf(event));
      if (down.current.size > 1) moved.current = Infinity;
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    move: (event: PointerEvent): void => {
      const now = placeOf(event);
      const before = down.current.get(event.pointerId);
      if (event.pointerType !== "touch") hover(now);
      if (!before) return;
      const apart = pinch();
      down.current.set(event.pointerId, now);
      const after = pinch();
      moved.current += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (apart && after) {
        change((view) => panned(view, after.middle[0] - apart.middle[0], after.middle[1] - apart.middle[1]));
        if (apart.apart > 0) zoomAt(after.middle, after.apart / apart.apart);
      } else if (moved.current <= CLICK) return;
      else if (corner.current) box(corner.current, now, false);
      else change((view) => panned(view, now[0] - before[0], now[1] - before[1]));
    },
    up: (event: PointerEvent): void => {
      const isClick = down.current.has(event.pointerId) && moved.current <= CLICK;
      down.current.delete(event.pointerId);
      if (isClick) pick(placeOf(event));
      else if (corner.current) box(corner.current, placeOf(event), true);
      corner.current = null;
    },
    cancel: (event: PointerEvent): void => {
      down.current.delete(event.pointerId);
      giveUp();
    },
  };
}

/** The wheel enlarges at the pointer; React's own listeners could not keep the page from moving. */
export function useWheel(canvas: RefObject<HTMLCanvasElement | null>, zoomAt: (point: readonly [number, number], factor: number) => void): void {
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
