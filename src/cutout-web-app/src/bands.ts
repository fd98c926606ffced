/** How bands are written and distinguished, whichever the site has. */

let order: readonly string[] = [];

/** Takes the site's bands in their order, as the vocabulary lists them. */
export function rememberBands(names: readonly string[]): void {
  order = names;
}

/** A band for reading: a frequency has a blank before its unit. */
export function bandText(name: string): string {
  return name.replace(/^([0-9.]+)GHz$/, "$1 GHz");
}

/** A band where room is short: a frequency without its unit. */
export function bandShort(name: string): string {
  return name.replace(/^([0-9.]+)GHz$/, "$1");
}

/** Several bands, with the unit that all have written once. */
export function bandList(names: readonly string[]): string {
  const short = names.map(bandShort);
  return short.every((each, at) => each !== names[at]) && short.length ? `${short.join(", ")} GHz` : names.map(bandText).join(", ");
}

/** Sorts bands as numbers where they begin with one. */
export function compareBands(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

const [COLOURS, SHAPES] = [6, 3];

function placeOf(band: string): number {
  const place = order.indexOf(band);
  return place < 0 ? order.length : place;
}

/** The token of a band's colour: by its place among the site's bands. */
export function bandToken(band: string): string {
  return `band-${placeOf(band) % COLOURS}`;
}

/** Which of three shapes, or lines, tells a band from its neighbours without colour. */
export function bandShape(band: string): number {
  return placeOf(band) % SHAPES;
}
