/** Numbers and times as people read them. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit] ?? ""}`;
}

export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A span of time in its two largest units: `2 min 5 s`, `3 h 10 min`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 1) return "less than 1 s";
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** A range of time from seconds: one number where both ends read alike. */
export function rangeText(low: number, high: number): string {
  const [from, to] = [low, high].map((end) => spanText(Math.max(1, end)));
  return from === to ? `about ${from}` : `${from} to ${to}`;
}

/** A moment in UTC, as astronomers write it. */
export function momentText(iso: string | null | undefined): string {
  if (!iso) return "";
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 16)} UTC`;
}

/** How long ago, or how far ahead, a moment is. */
export function agoText(iso: string, now: number): string {
  const seconds = (now - new Date(iso).getTime()) / 1000;
  const rough = Math.abs(seconds) < 60 ? "less than a minute" : (spanText(Math.abs(seconds)).split(" ").slice(0, 2).join(" "));
  return seconds >= 0 ? `${rough} ago` : `in ${rough}`;
}
