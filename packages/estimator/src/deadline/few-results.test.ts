import { describe, expect, it } from 'vitest';
import { IDLE_MIN_SAMPLES } from './clock-windows.js';
import { decide } from './decide.js';
import { CAUTION_WINDOW, MIN_BORROW } from './rules.js';
import { classify } from '../classify/job-class.js';
import { GIT_STATUS, policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const policy = policyOf();
const GIT_FETCH = classify({ kind: 'command', input: { argv: ['git', 'fetch'] } });
const runs = (count: number, ms: number, more = {}) =>
  Array.from({ length: count }, (_, nth) => sample(ms * (1 + (nth % 10) / 50), more));
/** Many runs of one subcommand, and `own` runs of another that takes a fifth of the time. */
const beside = (own: number) => new StoredHistory(policy).add(runs(120, 50_000), GIT_FETCH).add(runs(own, 10_000));
const decided = (history: StoredHistory) => decide(request(history, policy));

describe('a class with few results', () => {
  it('moves gradually from borrowed figures to its own, without a jump at some count (F41, F50)', () => {
    const figures = Array.from({ length: 60 }, (_, own) => decided(beside(own)).baseMs ?? 0);
    expect(figures[0]).toBeGreaterThan(45_000);
    expect(figures.at(-1)).toBeLessThan(15_000);
    figures.slice(1).forEach((baseMs, nth) => {
      expect(baseMs / (figures[nth] ?? 0), `from ${nth} to ${nth + 1} results`).toBeGreaterThan(0.6);
      expect(baseMs / (figures[nth] ?? 0), `from ${nth} to ${nth + 1} results`).toBeLessThan(1.1);
    });
  });

  it('has an expected duration by its own median, whatever the long runs of similar work (F5)', () => {
    const wild = runs(120, 10_000).map((one, nth) => ({ ...one, valueMs: nth % 8 === 0 ? 900_000 : one.valueMs }));
    const history = new StoredHistory(policy).add(wild, GIT_FETCH).add(runs(24, 10_000));
    const { ratio = 1, level, expectedMs } = decided(history);
    expect(level).toBe(GIT_STATUS.name);
    expect(ratio).toBeGreaterThan(1.5);
    expect(expectedMs).toBeGreaterThanOrEqual(10_000);
    expect(expectedMs).toBeLessThanOrEqual(12_000);
  });

  it('has the default until it has a few results, and the sentence has their number (F10, F50)', () => {
    const few = new StoredHistory(policy).add(runs(MIN_BORROW - 1, 10_000));
    expect(decided(few)).toMatchObject({ basis: 'prior', level: null, samples: 4, confidence: 0, deadlineMs: 600_000 });
    expect(decided(few).sentence).toContain('only 4 runs like it have ended yet');
    const enough = new StoredHistory(policy).add(runs(MIN_BORROW, 10_000));
    expect(decided(enough)).toMatchObject({ basis: 'history', level: GIT_STATUS.name, samples: 5 });
  });
});

describe('the confidence in a deadline', () => {
  const confidence = (history: StoredHistory) => decided(history).confidence;
  const after = (count: number) => new StoredHistory(policy).add(runs(count, 10_000));

  it('grows with the number of results (F6)', () => {
    expect(confidence(new StoredHistory(policy))).toBe(0);
    expect(confidence(after(policy.estimator.minSamples))).toBeCloseTo(0.5, 6);
    expect(confidence(after(200))).toBeGreaterThan(0.9);
  });

  it('falls with wrong kills, and rises with results that show none (F6)', () => {
    const wrong = after(100).add(runs(10, 10_000, { deadlineMs: 8_000 }));
    expect(confidence(wrong)).toBeCloseTo(confidence(after(110)) * (1 - 10 / CAUTION_WINDOW), 6);
    expect(confidence(wrong.add(runs(CAUTION_WINDOW, 10_000)))).toBeCloseTo(confidence(after(160)), 6);
  });
});

describe('the windows for silence', () => {
  const windows = (count: number) =>
    decided(
      new StoredHistory(policy)
        .add(runs(40, 60_000))
        .add(runs(count, 4_000), GIT_STATUS, 'idle')
        .add(runs(count, 9_000), GIT_STATUS, 'tool'),
    );

  it('of a command are learned from enough runs of its own, as a multiple of its usual gaps (F49)', () => {
    expect(windows(IDLE_MIN_SAMPLES - 1)).toMatchObject({ idleMs: null, toolMs: null });
    const { idleMs, toolMs, deadlineMs } = windows(IDLE_MIN_SAMPLES);
    expect(idleMs).toBeGreaterThan(2 * 4_000);
    expect(idleMs).toBeLessThan(3 * 4_000);
    expect(toolMs).toBeGreaterThan(2 * 9_000);
    expect(toolMs).toBeLessThan(deadlineMs);
  });
});
