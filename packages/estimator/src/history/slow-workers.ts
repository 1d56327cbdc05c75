import type { Sample } from './sample.js';

export interface SlowWorkers {
  /** Places of the samples from the time when their worker was much slower than the others. */
  places: ReadonlySet<number>;
  /** Workers whose newest results are slow, and how many times as long those took. */
  factors: ReadonlyMap<string, number>;
}

const NONE: SlowWorkers = { places: new Set(), factors: new Map() };
/** Length of a stretch: successive results of one worker, slow if all but one are. Five of six are hardly ever chance. */
const STRETCH_RUNS = 6;
/** Slow: this many times the upper quartile of other workers meanwhile. Healthy machines of one fleet differ by less, faulty ones by more. */
export const SLOW_WORKER_FACTOR = 3;
/** A run that did not end counts as this many times its duration. */
const UNENDED_FACTOR = 2;
/** With fewer other workers it is not clear which of them differs. */
const LEAST_OTHERS = 2;
const UPPER_QUARTER = 0.75;
const HALF = 0.5;

/**
 * Slow stretches of workers: all results but one took several times the upper quartile of other workers at the same time. A
 * slow-down of all workers is no such stretch, nor is a slow result now and then. A stretch stays left out after the worker
 * has recovered. `samples`: oldest first.
 */
export function slowWorkers(samples: readonly Sample[]): SlowWorkers {
  const bySource = placesBySource(samples);
  if (bySource.size <= LEAST_OTHERS || !hasLongResults(samples)) return NONE;
  const places = new Set<number>();
  const factors = new Map<string, number>();
  for (const [from, own] of bySource) {
    for (let first = 0; first + STRETCH_RUNS <= own.length; first += 1) {
      const stretch = own.slice(first, first + STRETCH_RUNS);
      const others = othersBetween(samples, from, {
        after: own[first - 1] ?? -1,
        before: own[first + STRETCH_RUNS] ?? samples.length,
      });
      const factor = slownessOf(
        stretch.flatMap((place) => samples[place] ?? []),
        others,
      );
      if (factor === null) continue;
      for (const place of stretch) places.add(place);
      if (first + STRETCH_RUNS === own.length) factors.set(from, factor);
    }
  }
  return { places, factors };
}

function placesBySource(samples: readonly Sample[]): Map<string, number[]> {
  const bySource = new Map<string, number[]>();
  samples.forEach(({ from }, place) => {
    if (from === undefined) return;
    const places = bySource.get(from);
    if (places === undefined) bySource.set(from, [place]);
    else places.push(place);
  });
  return bySource;
}

/** Quick check, since rings are read every second and few have enough results far above their median. */
function hasLongResults(samples: readonly Sample[]): boolean {
  const values = ascending(samples.map(lasted));
  const long = SLOW_WORKER_FACTOR * quantileOf(values, HALF);
  return (values[values.length - STRETCH_RUNS + 1] ?? 0) >= long;
}

function othersBetween(
  samples: readonly Sample[],
  from: string,
  { after, before }: { after: number; before: number },
): Sample[] {
  return samples.slice(after + 1, before).filter((one) => one.from !== undefined && one.from !== from);
}

/** Median of the stretch divided by that of the others meanwhile; null: it is not slow, or there is too little to compare with. */
function slownessOf(stretch: readonly Sample[], others: readonly Sample[]): number | null {
  if (others.length < STRETCH_RUNS || new Set(others.map(({ from }) => from)).size < LEAST_OTHERS) return null;
  const usual = ascending(others.map(lasted));
  const most = quantileOf(usual, UPPER_QUARTER);
  const [, allButOne = 0] = ascending(stretch.map(lasted));
  if (most === Infinity || allButOne < SLOW_WORKER_FACTOR * most) return null;
  // The duration of a run that did not end is unknown, but longer.
  const own = ascending(stretch.map((one) => (lasted(one) === Infinity ? UNENDED_FACTOR : 1) * one.valueMs));
  return quantileOf(own, HALF) / quantileOf(usual, HALF);
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => (a === b ? 0 : a - b));
}

function quantileOf(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Infinity for a run that was ended at its deadline: it would have taken longer by an unknown time. */
function lasted({ valueMs, kind, deadlineMs }: Sample): number {
  const isKill = kind === 'hung' || (kind === 'censored' && deadlineMs > 0 && valueMs >= deadlineMs);
  return isKill ? Infinity : valueMs;
}
