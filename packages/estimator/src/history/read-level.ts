import { RING_LENGTH } from '@leeway/contract';
import { LevelState } from './level-state.js';
import { parseRingKey } from './ring-key.js';
import { decodeSample, type Sample } from './sample.js';
import { slowWorkers } from './slow-workers.js';

/** A level from its stored ring, newest first. Durations and scores are those of the fleet, without those of a slow worker. */
export function readLevel(key: string, samples: readonly string[]): LevelState {
  const metric = parseRingKey(key)?.metric;
  if (metric !== 'total' && metric !== 'score') return levelOf(samples);
  return fleetLevelOf(samples, metric === 'score');
}

/** What is no observation is left out. */
export function levelOf(samples: readonly string[]): LevelState {
  const state = new LevelState();
  for (const sample of oldestFirst(samples)) state.add(sample);
  return state;
}

/** The same without what a worker gave while it was much slower than the others: that is no measure of them. */
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
