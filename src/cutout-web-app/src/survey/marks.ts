/** How the objects of each catalogue are marked on the map: colours that differ in lightness too, and shapes. */

export interface MarkStyle {
  colour: string;
  /** Corners about the middle of a mark of radius 1; none for a circle. */
  corners: readonly (readonly [number, number])[];
}

const COLOURS = ["#ffd84d", "#6fe3ff", "#ff9ad5", "#b6f37a", "#ffb37a", "#cbb8ff"];
const SHAPES: readonly MarkStyle["corners"][] = [
  [],
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
];

/** The user's own table, or a job's targets. */
const OWN: MarkStyle = { colour: "#ffffff", corners: [] };

/** The style of a catalogue by its place in the list; of what is the user's own without one. */
export function markStyle(mark?: number): MarkStyle {
  if (mark === undefined) return OWN;
  return { colour: COLOURS[mark % COLOURS.length] ?? OWN.colour, corners: SHAPES[mark % SHAPES.length] ?? [] };
}
