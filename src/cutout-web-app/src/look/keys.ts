/** What keys do on the stamps of the quick look. */

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const FAR = 10;

export const KEYS_TEXT =
  "Arrow keys move the cross by a pixel, with Shift by ten; Enter centres there, Escape goes back to the target.";

export type LookCommand = { step: [number, number]; pixels: number } | "centre" | "back";

/** Gives the command of a key, null for one that has none. */
export function commandOf(event: { key: string; shiftKey: boolean }): LookCommand | null {
  const step = STEPS[event.key];
  if (step) return { step, pixels: event.shiftKey ? FAR : 1 };
  if (event.key === "Enter") return "centre";
  return event.key === "Escape" ? "back" : null;
}
