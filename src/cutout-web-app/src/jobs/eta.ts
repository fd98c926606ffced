/** How long a job still takes, said only when there is enough to go by. */

export interface Sample {
  /** Seconds, on any clock that only goes forward. */
  at: number;
  done: number;
}

const MIN_SECONDS = 3;
const MIN_DONE = 5;
const MAX_SAMPLES = 240;

/** Adds what was seen of a job; samples in which nothing changed only prolong the last one. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  // A new attempt or another job: what was known no longer counts.
  if (last && sample.done < last.done) return [sample];
  if (last?.done === sample.done) return [...samples];
  // The first stays, because the rate counts from it.
  return samples.length >= MAX_SAMPLES ? [...samples.slice(0, 1), ...samples.slice(2), sample] : [...samples, sample];
}

/**
 * Seconds until the end, or null while nothing honest can be said.
 *
 * The rate is that of the whole time seen, counted from the first progress, so that
 * the wait in the queue does not count; it must rest on some seconds and some work.
 */
export function etaSeconds(samples: readonly Sample[], total: number, now: number): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.done >= total) return null;
  const done = last.done - first.done;
  const seconds = now - first.at;
  if (done < Math.min(MIN_DONE, total / 4) || done < 1 || seconds < MIN_SECONDS) return null;
  const rate = done / seconds;
  return (total - last.done) / rate;
}

/** The estimate in steps that do not flicker. */
export function etaText(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 60) return `about ${Math.round(seconds / 5) * 5} s`;
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}
