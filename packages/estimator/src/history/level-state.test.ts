import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { RING_LENGTH } from '@leeway/contract';
import { LevelState } from './level-state.js';
import { levelOf } from './read-level.js';
import { decodeSample, encodeSample, type Sample } from './sample.js';
import { anySample, exactSamples } from '../../testing/arbitraries.js';
import { NOW_MS, sample } from '../../testing/written-history.js';

/** Many random histories take a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const BYTES_PROMISED = 4_096;
const SHARES = [0.01, 0.5, 0.9, 0.95, 0.99];
const COUNTS = [1, 8, 30, 50, 200];

/** All figures of a level. */
function answers(state: LevelState): unknown {
  return {
    size: state.size,
    censored: state.censored,
    meanLog: state.meanLog,
    quantiles: SHARES.map((q) => state.quantile(q)),
    falseKills: COUNTS.map((n) => state.falseKills(n)),
    hung: COUNTS.map((n) => state.hungShare(n)),
    longestUnended: COUNTS.map((n) => state.longestUnendedMs(n)),
    starts: COUNTS.map((n) => state.nthLastStartMs(n)),
    sinceMs: state.sinceMs,
    sourced: state.sourced(20),
  };
}
/** The samples after a round trip through their stored form. */
const stored = (samples: readonly Sample[]) => samples.flatMap((one) => decodeSample(encodeSample(one)) ?? []);
const fromRing = (samples: readonly Sample[]) => levelOf(samples.map(encodeSample).toReversed().slice(0, RING_LENGTH));
function oneByOne(samples: readonly Sample[]): LevelState {
  const state = new LevelState();
  for (const one of stored(samples)) state.add(one);
  return state;
}
/** In order of their ends, as on a clock that does not jump. */
const inOrder = fc
  .array(anySample, { maxLength: 450, size: 'max' })
  .map((samples) => samples.map((one, i) => ({ ...one, atMs: NOW_MS + 1_000 * i })));

describe('the state of a level', () => {
  it('is the same from its stored ring as result by result (E14)', () => {
    fc.assert(
      fc.property(inOrder, (samples) => {
        expect(answers(oneByOne(samples))).toEqual(answers(fromRing(samples)));
      }),
    );
  });

  it('depends on the results of its ring only (F40, F51)', () => {
    fc.assert(
      fc.property(inOrder, (samples) => {
        const newest = samples.slice(-RING_LENGTH);
        expect(answers(oneByOne(samples))).toEqual(answers(oneByOne(newest)));
        expect(oneByOne(samples).size).toBe(newest.length);
      }),
    );
  });

  it('takes at most 4 kB after any number of results (F51)', () => {
    const state = oneByOne(Array.from({ length: 1_000 }, (_, i) => sample(i + 1)));
    expect(state.bytes).toBeLessThanOrEqual(BYTES_PROMISED);
    expect(state.size).toBe(RING_LENGTH);
  });

  it('has quantiles that do not depend on order (F40)', () => {
    const shuffled = exactSamples(1, RING_LENGTH).chain((samples) =>
      fc.tuple(fc.constant(samples), fc.shuffledSubarray(samples, { minLength: samples.length })),
    );
    fc.assert(
      fc.property(shuffled, ([samples, reordered]) => {
        expect(SHARES.map((q) => oneByOne(reordered).quantile(q))).toEqual(
          SHARES.map((q) => oneByOne(samples).quantile(q)),
        );
        expect(oneByOne(reordered).meanLog).toBe(oneByOne(samples).meanLog);
      }),
    );
  });

  it('has a p90 of ten results that is not their largest one (F43)', () => {
    expect(oneByOne(Array.from({ length: 10 }, (_, i) => sample(i + 1))).quantile(0.9)).toBe(9);
  });

  it('counts unended runs as longer than their duration: the quantile rises, up to Infinity (E5)', () => {
    const ended = Array.from({ length: 19 }, (_, i) => sample(i + 1));
    const p80 = (...open: Sample[]) => oneByOne([...ended, ...open]).quantile(0.8);
    const longerThanTen = sample(10, { kind: 'censored' });
    expect(p80()).toBe(16);
    expect(p80(longerThanTen, longerThanTen)).toBeGreaterThanOrEqual(16);
    expect(p80(...Array.from({ length: 3 }, () => sample(60, { kind: 'hung' })))).toBe(18);
    expect(p80(...Array.from({ length: 6 }, () => sample(60, { kind: 'hung' })))).toBe(Infinity);
  });

  it('skips entries that are no samples (G7)', () => {
    const ring = [encodeSample(sample(10)), 'x NaN 0 0 0', '', 'x 1e308 0 0 0', encodeSample(sample(20))];
    expect(answers(levelOf(ring))).toEqual(answers(oneByOne([sample(20), sample(10)])));
  });
});
