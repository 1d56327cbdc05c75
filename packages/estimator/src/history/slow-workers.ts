import type { Sample } from './sample.js';

export interface SlowWorkers {
  /** Places, among the samples, of what ran while its worker was much slower than the others. */
  places: ReadonlySet<number>;
  /** Workers that are slow by their newest results, and how many times as long theirs took. */
  factors: ReadonlyMap<string, number>;
}

const NONE: SlowWorkers = { places: new Set(), factors: new Map() };
/** Results of one worker in a row, all but one of them slow, that mark it as slow: five of six are hardly ever chance while the others are quick. */
const STRETCH_RUNS = 6;
/** Slow: this many times what three quarters of the results of other workers took meanwhile. Machines of one fleet differ by less, sick ones by more. */
export const SLOW_WORKER_FACTOR = 3;
/** A run that did not end is taken to need this many times what it was given. */
const UNENDED_FACTOR = 2;
/** Fewer workers beside it do not show which of them is the odd one. */
const LEAST_OTHERS = 2;
const UPPER_QUARTER = 0.75;
const HALF = 0.5;

/**
 * Which results a sick worker has given: stretches of its results of which all but one took several times what all but a
 * quarter of those took that others had at the same time. What slows everybody down is no such stretch, nor what is slow now
 * and then. Whoever recovers has its slow stretch left out all the same. `samples`: oldest first.
 */
export function slowWorkers(samples: readonly Sample[]): SlowWorkers {
  const bySource = placesBySource(samples);
  if (bySource.size <= LEAST_OTHERS || !worthLooking(samples)) return NONE;
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

/** Rings are read every second, and hardly any holds so much that is far above its half. */
function worthLooking(samples: readonly Sample[]): boolean {
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

/** How many times as long its stretch took as what others had meanwhile; null: it is not slow, or nobody can tell. */
function slownessOf(stretch: readonly Sample[], others: readonly Sample[]): number | null {
  if (others.length < STRETCH_RUNS || new Set(others.map(({ from }) => from)).size < LEAST_OTHERS) return null;
  const usual = ascending(others.map(lasted));
  const most = quantileOf(usual, UPPER_QUARTER);
  const [, allButOne = 0] = ascending(stretch.map(lasted));
  if (most === Infinity || allButOne < SLOW_WORKER_FACTOR * most) return null;
  // Where nothing of its own has ended nobody knows what it needs: more than that, and more again should that not do.
  const own = ascending(stretch.map((one) => (lasted(one) === Infinity ? UNENDED_FACTOR : 1) * one.valueMs));
  return quantileOf(own, HALF) / quantileOf(usual, HALF);
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => (a === b ? 0 : a - b));
}

function quantileOf(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** What was ended at its deadline would have taken longer, nobody knows how much. */
function lasted({ valueMs, kind, deadlineMs }: Sample): number {
  const isKill = kind === 'hung' || (kind === 'censored' && deadlineMs > 0 && valueMs >= deadlineMs);
  return isKill ? Infinity : valueMs;
}
