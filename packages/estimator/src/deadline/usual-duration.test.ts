import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { TUNING } from './rules.js';
import { classify } from '../classify/job-class.js';
import { policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const policy = policyOf();
const { minSamples } = policy.estimator;
const { quantile } = TUNING;
const GIT_PUSH = classify({ kind: 'command', input: { argv: ['git', 'push'] } });
/** Samples are stored with six digits. */
const CLOSE = 1e-5;

/** Usual duration of `git status` with these runs of its own, where nearly all runs of git are `git push`. */
function usualMs(ownMs: readonly number[], pushMs: readonly number[]): number {
  const history = new StoredHistory(policy)
    .add(
      pushMs.map((ms) => sample(ms)),
      GIT_PUSH,
    )
    .add(ownMs.map((ms) => sample(ms)));
  const { basis, baseMs, ratio = 1, expectedMs, lateMs } = decide(request(history, policy));
  expect(basis).toBe('borrowed');
  expect((baseMs ?? 0) / ratio / quantileOf([...ownMs, ...pushMs])).toBeCloseTo(1, 4);
  expect(expectedMs ?? Infinity).toBeLessThanOrEqual(lateMs ?? 0);
  return baseMs ?? Number.NaN;
}

function quantileOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(quantile * values.length - CLOSE) - 1] ?? Number.NaN;
}

const duration = fc.double({ min: 1, max: 1e7, noNaN: true });
const few = fc.array(duration, { minLength: 1, maxLength: minSamples - 1 });
const many = fc.array(duration, { minLength: 60, maxLength: 150 });
const MIXED_MS = Array.from({ length: 100 }, (_, nth) => 1_000 * (nth + 1));

describe('the usual duration of a class with borrowed figures', () => {
  it('is between the borrowed quantile and the longest of its own runs (F43)', () => {
    fc.assert(
      fc.property(few, many, (ownMs, pushMs) => {
        const level = quantileOf([...ownMs, ...pushMs]);
        const ends = [level, Math.max(...ownMs), quantileOf(ownMs)];
        const usual = usualMs(ownMs, pushMs);
        expect(usual).toBeGreaterThanOrEqual(Math.min(...ends) * (1 - CLOSE));
        expect(usual).toBeLessThanOrEqual(Math.max(...ends) * (1 + CLOSE));
      }),
      { numRuns: 60 },
    );
  });

  it('is not above the long runs of the level after runs that are as long as those', () => {
    const level = quantileOf([...MIXED_MS, 95_000, 96_000, 97_000]);
    const usual = usualMs([95_000, 96_000, 97_000], MIXED_MS);
    expect(usual).toBeGreaterThanOrEqual(level);
    expect(usual).toBeLessThanOrEqual(97_000);
  });

  it('comes nearer to its own quantile with every run', () => {
    const usual = [1, 5, 10, 19].map((n) => usualMs(Array<number>(n).fill(500), MIXED_MS));
    expect(usual).toEqual(usual.toSorted((a, b) => b - a));
    expect(usual[0]).toBeGreaterThan(20_000);
    expect(usual.at(-1)).toBeLessThan(5_000);
  });

  it('is proportional to the durations', () => {
    fc.assert(
      fc.property(few, many, fc.double({ min: 0.01, max: 100, noNaN: true }), (ownMs, pushMs, c) => {
        const scaled = usualMs(
          ownMs.map((ms) => c * ms),
          pushMs.map((ms) => c * ms),
        );
        expect(scaled / c / usualMs(ownMs, pushMs)).toBeCloseTo(1, 3);
      }),
      { numRuns: 60 },
    );
  });
});
