/** Colours of previews: maps from a value between -1 and 1 to a colour, even in lightness. */

export type Rgb = [number, number, number];

interface Stop {
  at: number;
  /** CIE L*a*b*, D65. */
  lab: [number, number, number];
}

export const COLOUR_MAPS = {
  diverging: {
    label: "Blue, white, red",
    stops: [
      { at: -1, lab: [30, 20, -56] },
      { at: 0, lab: [97, 0, 0] },
      { at: 1, lab: [30, 54, 38] },
    ],
  },
  night: {
    label: "Blue, black, red",
    stops: [
      { at: -1, lab: [82, -10, -30] },
      { at: -0.5, lab: [46, 6, -52] },
      { at: 0, lab: [10, 0, 0] },
      { at: 0.5, lab: [46, 52, 40] },
      { at: 1, lab: [82, 14, 56] },
    ],
  },
  grey: {
    label: "Black to white",
    stops: [
      { at: -1, lab: [4, 0, 0] },
      { at: 1, lab: [98, 0, 0] },
    ],
  },
  inverse: {
    label: "White to black",
    stops: [
      { at: -1, lab: [98, 0, 0] },
      { at: 1, lab: [4, 0, 0] },
    ],
  },
  heat: {
    label: "Violet to yellow",
    stops: [
      { at: -1, lab: [8, 14, -22] },
      { at: -0.4, lab: [30, 48, -34] },
      { at: 0.2, lab: [54, 58, 22] },
      { at: 0.7, lab: [76, 26, 66] },
      { at: 1, lab: [95, -8, 44] },
    ],
  },
} as const satisfies Record<string, { label: string; stops: readonly Stop[] }>;

export type ColourMap = keyof typeof COLOUR_MAPS;

export type Scheme = "light" | "dark";

/** What is about zero is most of a map: it is as light as the page around it. */
export const THEME_COLOURS = { light: "diverging", dark: "night" } as const satisfies Record<Scheme, ColourMap>;

export const STRETCHES = {
  linear: { label: "Linear", apply: (t: number): number => t },
  asinh: { label: "Asinh", apply: (t: number): number => Math.asinh(t * 10) / Math.asinh(10) },
  root: { label: "Square root", apply: (t: number): number => Math.sign(t) * Math.sqrt(Math.abs(t)) },
} as const;

export type Stretch = keyof typeof STRETCHES;

/** How a stamp is drawn. */
export interface Look {
  map: ColourMap;
  stretch: Stretch;
  /** Half width of the scale, in robust standard deviations. */
  sigma: number;
}

/** How stamps are to be drawn. */
export interface ChosenLook extends Omit<Look, "map"> {
  /** Null for that of the page's theme. */
  map: ColourMap | null;
}

export const DEFAULT_LOOK: ChosenLook = { map: null, stretch: "linear", sigma: 5 };

/** The look of a page in this theme. */
export function drawnLook(scheme: Scheme, chosen: ChosenLook): Look {
  return { ...chosen, map: chosen.map ?? THEME_COLOURS[scheme] };
}

/** Whether signs over a picture are to be light or dark: the other than most of it, which is about zero. */
export function inkOn(map: ColourMap): Scheme {
  const [lightness] = labAt(map, 0);
  return lightness < 50 ? "light" : "dark";
}

/** The colour of a value between -1 and 1; what lies beyond has the colour of the end. */
export function colourOf(look: Pick<Look, "map" | "stretch">, value: number): Rgb {
  const t = STRETCHES[look.stretch].apply(Math.max(-1, Math.min(1, value)));
  return labToRgb(labAt(look.map, t));
}

function labAt(map: ColourMap, t: number): Stop["lab"] {
  const stops: readonly Stop[] = COLOUR_MAPS[map].stops;
  const above = Math.max(1, stops.findIndex((stop) => stop.at >= t));
  const low = stops[above - 1] ?? { at: -1, lab: [0, 0, 0] };
  const high = stops[above] ?? low;
  const part = high.at === low.at ? 0 : (t - low.at) / (high.at - low.at);
  return low.lab.map((each, at) => each + part * ((high.lab[at] ?? 0) - each)) as Stop["lab"];
}

/** CIE L*a*b* (D65) to sRGB (CIE 15:2004, section 8.2.1; IEC 61966-2-1, section 5). */
function labToRgb([lightness, a, b]: readonly [number, number, number]): Rgb {
  const fy = (lightness + 16) / 116;
  const cubed = (f: number): number => (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29));
  const [x, y, z] = [0.95047 * cubed(fy + a / 500), cubed(fy), 1.08883 * cubed(fy - b / 200)];
  const coded = (linear: number): number => {
    const c = Math.max(0, Math.min(1, linear));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  };
  return [
    coded(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
    coded(-0.969266 * x + 1.8760108 * y + 0.041556 * z),
    coded(0.0556434 * x - 0.2040259 * y + 1.0572252 * z),
  ];
}
