import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevelState } from './level-state.js';
import { encodeSample, type Sample } from './sample.js';

const AT_MS = 1_760_000_000_000;
const policy = { window: 200 };

function sample(valueMs: number, more: Partial<Sample> = {}): Sample {
  return { valueMs, kind: 'exact', deadlineMs: 0, baseMs: 0, atMs: AT_MS, ...more };
}

function stateOf(samples: readonly Sample[], window = policy.window): LevelState {
  const state = new LevelState({ window });
  for (const one of samples) state.add(one);
  return state;
}

const anySample = fc.record({
  valueMs: fc.double({ min: 0.001, max: 1e9, noNaN: true }),
  kind: fc.constantFrom('exact' as const, 'hung' as const, 'censored' as const),
  deadlineMs: fc.integer({ min: 0, max: 1_000_000 }),
  baseMs: fc.integer({ min: 0, max: 1_000_000 }),
  atMs: fc.integer({ min: AT_MS, max: AT_MS + 1_000_000_000 }),
});

describe('LevelState', () => {
  it('takes quantiles by nearest rank: the p90 of ten results is the ninth, not the longest (F43)', () => {
    const state = stateOf([10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((seconds) => sample(seconds * 1_000)));
    expect(state.quantile(0.9)).toBe(9_000);
    expect(state.quantile(0.5)).toBe(5_000);
    expect(state.quantile(0.99)).toBe(10_000);
  });

  it('counts what was stopped as longer than its value, never as that value (F38)', () => {
    const exact = Array.from({ length: 9 }, () => sample(1_000));
    expect(stateOf([...exact, sample(60_000, { kind: 'censored' })]).quantile(0.9)).toBe(1_000);
    expect(stateOf([...exact, sample(60_000, { kind: 'censored' })]).quantile(0.95)).toBe(Infinity);
  });

  it('learns nothing from work that was cancelled before it could have ended', () => {
    const exact = Array.from({ length: 30 }, (_, nth) => sample(1_000 + nth));
    const cancelled = Array.from({ length: 100 }, () => sample(5, { kind: 'censored' }));
    expect(stateOf([...exact, ...cancelled]).quantile(0.9)).toBe(stateOf(exact).quantile(0.9));
  });

  it('holds the newest results only, in under 4 kB (F51)', () => {
    const state = stateOf(Array.from({ length: 1_000 }, (_, nth) => sample(nth + 1)));
    expect(state.size).toBe(200);
    expect(state.quantile(0.001)).toBe(801);
    expect(state.bytes).toBeLessThanOrEqual(4_096);
  });

  it('is the same in every process that reads the same ring, added one by one or read at once (E14)', () => {
    fc.assert(
      fc.property(fc.array(anySample, { minLength: 1, maxLength: 90 }), fc.integer({ min: 5, max: 40 }), (samples, window) => {
        const ring = samples.map(encodeSample).reverse().slice(0, window);
        const read = LevelState.from(ring, { window });
        const again = LevelState.from(ring, { window });
        const grown = stateOf(samples, window);
        for (const q of [0.5, 0.9, 0.95]) expect(read.quantile(q)).toBe(again.quantile(q));
        expect(grown.size).toBe(read.size);
        expect(grown.censored).toBe(read.censored);
        expect(grown.hungShare(2)).toBe(read.hungShare(2));
        expect(grown.falseKills(10)).toBe(read.falseKills(10));
      }),
    );
  });

  it('does not depend on the order of results within the window', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 5, 8, 13, 21, 34], { minLength: 8 }), (values) => {
        const state = stateOf(values.map((value) => sample(value)));
        expect(state.quantile(0.95)).toBe(34);
        expect(state.meanLog).toBeCloseTo(Math.log(1 * 2 * 3 * 5 * 8 * 13 * 21 * 34) / 8, 5);
      }),
    );
  });

  it('never gives a quantile that is below a smaller one, nor NaN', () => {
    fc.assert(
      fc.property(fc.array(anySample, { minLength: 1, maxLength: 60 }), (samples) => {
        const state = stateOf(samples, 40);
        const quantiles = [0.1, 0.5, 0.9, 0.95, 0.99].map((q) => state.quantile(q));
        expect(quantiles.every((value) => value > 0)).toBe(true);
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
      }),
    );
  });

  it('knows kills that turned out to be wrong from those that were right', () => {
    const state = stateOf([sample(9_000, { deadlineMs: 4_000 }), sample(3_000, { deadlineMs: 4_000 }), sample(8_000, { kind: 'hung', deadlineMs: 4_000 })]);
    expect(state.falseKills(50)).toBe(1);
    expect(state.falseKills(1)).toBe(0);
  });

  it('says since when it remembers, once it has forgotten anything', () => {
    expect(stateOf([sample(1_000)], 2).sinceMs).toBe(-Infinity);
    const full = stateOf([1, 2, 3].map((nth) => sample(1_000, { atMs: AT_MS + nth * 10_000 })), 2);
    expect(full.sinceMs).toBe(AT_MS + 20_000 - 1_000);
  });

  it('leaves out what is no observation (F190)', () => {
    const ring = ['', 'x', 'x NaN 0 0 k', 'x -5 0 0 k', 'q 5 0 0 k', 'x 5 0 0', 'x 1e99 0 0 k', encodeSample(sample(7))];
    expect(LevelState.from(ring, policy).size).toBe(1);
  });
});
