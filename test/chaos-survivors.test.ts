import { decodeSample } from '@leeway/estimator';
import { describe, expect, it } from 'vitest';
import { type Keep, killsAfterSlowdown } from './chaos/deadline-loop.js';

const SEEDS = [1, 2, 3, 4, 5];
const JOBS = { usual: 60, slower: 120 };
/** The jobs at the end, after enough time to learn. */
const LAST = 40;

const everything: Keep = (observations) => observations.rings;
/** The history of a queue that stores only the durations of attempts that ended by themselves. */
const survivorsOnly: Keep = (observations) =>
  observations.rings.filter(({ sample }) => decodeSample(sample)?.kind === 'exact');

function lastKills(seed: number, keep: Keep): number {
  return killsAfterSlowdown({ seed, ...JOBS, keep })
    .slice(-LAST)
    .filter(Boolean).length;
}

describe('work that suddenly takes three times as long', () => {
  it.each(SEEDS)('is soon not killed any more, since a kill is stored as "longer than this" (F52, seed %i)', (seed) => {
    expect(lastKills(seed, everything)).toBe(0);
  });

  it.each(SEEDS)(
    'is killed for ever by a history of survivors, which shows that the check above can fail (seed %i)',
    (seed) => {
      expect(lastKills(seed, survivorsOnly)).toBe(LAST);
    },
  );
});
