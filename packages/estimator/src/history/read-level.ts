import { RING_LENGTH } from '@leeway/contract';
import { LevelState } from './level-state.js';
import { parseRingKey } from './ring-key.js';
import { decodeSample, type Sample } from './sample.js';
import { slowWorkers } from './slow-workers.js';

/** Level from its stored ring, newest first. Durations and scores leave out slow workers. */
export function readLevel(key: string, samples: readonly string[]): LevelState {
  const metric = parseRingKey(key)?.metric;
  if (metric !== 'total' && metric !== 'score') return levelOf(samples);
  return fleetLevelOf(samples, metric === 'score');
}

/** Entries that are no samples are left out. */
export function levelOf(samples: readonly string[]): LevelState {
  const state = new LevelState();
  for (const sample of oldestFirst(samples)) state.add(sample);
  return state;
}

/** The same without the results of a worker from the time when it was much slower than the others. */
export function fleetLevelOf(samples: readonly string[], keepSources = false): LevelState {
  const read = oldestFirst(samples);
  const { places, factors } = slowWorkers(read);
  const state = new LevelState(factors);
  read.forEach(({ from, ...sample }, place) => {
    if (!places.has(place)) state.add(keepSources && from !== undefined ? { ...sample, from } : sample);
  });
  return state;
}

function oldestFirst(samples: readonly string[]): Sample[] {
  return samples
    .slice(0, RING_LENGTH)
    .toReversed()
    .flatMap((text) => decodeSample(text) ?? []);
}
