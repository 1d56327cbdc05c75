import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decide } from './decide.js';
import { HANG_BOUND } from './level-deadline.js';
import { ringKey, ringKeys } from '../history/ring-key.js';
import { encodeSample, type Sample } from '../history/sample.js';
import {
  deadlineMs,
  GIT_STATUS,
  NOW_MS,
  policyOf,
  request,
  sample,
  StoredHistory,
  TENANT,
} from '../../testing/written-history.js';

/** Many random histories take a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const policy = policyOf();
const usual = Array.from({ length: 60 }, (_, i) => sample(4_000 + 20 * i));
const clean = () => new StoredHistory(policy).add(usual);
const usualMs = deadlineMs(clean(), policy);
const YEAR_MS = 365 * 86_400_000;

describe('invalid or extreme history', () => {
  it.each([
    'x 1e308 0 0 0',
    'x NaN 0 0 0',
    'x Infinity 0 0 0',
    'x -5000 0 0 0',
    'h 0 0 0 0',
    '',
    '\0',
    '{"valueMs":1}',
    'x 5e-324 0 0 0',
  ])('%j changes no decision (G7)', (text) => {
    const poisoned = clean();
    for (const key of ringKeys(TENANT, GIT_STATUS)) for (let i = 0; i < 20; i += 1) poisoned.push(key, text);
    expect(decide(request(poisoned, policy))).toEqual(decide(request(clean(), policy)));
  });

  it.each<[string, Partial<Sample>]>([
    ['a year', { valueMs: YEAR_MS }],
    ['a year, hung', { valueMs: YEAR_MS, kind: 'hung' }],
    ['a nanosecond', { valueMs: 1e-6 }],
    ['the first second of 1970', { valueMs: 4_000, atMs: 0 }],
    ['the end of time', { valueMs: 4_000, atMs: 8.64e15 }],
  ])('one result of %s among sixty hardly moves the deadline (G7, F43)', (_, strange) => {
    const moved = deadlineMs(clean().add([sample(4_000, strange)]), policy);
    expect(moved).toBeGreaterThan(0.8 * usualMs);
    expect(moved).toBeLessThan(1.25 * usualMs);
  });

  it('of another tenant counts only for the expected duration, and changes no deadline (G7)', () => {
    const sleeper = new StoredHistory(policy);
    for (const level of GIT_STATUS.shared)
      for (let i = 0; i < 200; i += 1) sleeper.push(`total/~shared/${level}`, encodeSample(sample(3_600_000)));
    for (let i = 0; i < 200; i += 1)
      sleeper.push(ringKey('total', 'sleeper', GIT_STATUS.name), encodeSample(sample(3_600_000)));
    expect(deadlineMs(sleeper, policy)).toBe(deadlineMs(new StoredHistory(policy), policy));
    sleeper.add(usual);
    expect(deadlineMs(sleeper, policy)).toBe(usualMs);
  });

  it('that is lost leads to the wide default, and that cannot be read to the static limit (E11, F19)', () => {
    expect(decide(request(new StoredHistory(policy), policy))).toMatchObject({ basis: 'prior', deadlineMs: 600_000 });
    expect(decide(request(null, policy))).toMatchObject({ basis: 'static', deadlineMs: 600_000 });
  });
});

describe('a wall clock that jumps', () => {
  it('back and forth changes no deadline of a class without running attempts (F19)', () => {
    fc.assert(
      fc.property(fc.integer({ min: -YEAR_MS, max: YEAR_MS }), (jumpMs) => {
        expect(deadlineMs(clean(), policy, { nowMs: NOW_MS + jumpMs })).toBe(usualMs);
      }),
      { numRuns: 50 },
    );
  });

  it('between results and during attempts keeps the deadline between its floor and the bound on hangs (F19)', () => {
    const jumps = fc.array(fc.integer({ min: -YEAR_MS, max: YEAR_MS }), { minLength: 60, maxLength: 60 });
    const starts = fc.array(fc.integer({ min: -YEAR_MS, max: YEAR_MS }), { maxLength: 30 });
    fc.assert(
      fc.property(jumps, starts, (jumpsMs, startsMs) => {
        const history = new StoredHistory(policy).add(
          usual.map((one, i) => ({ ...one, atMs: Math.max(0, NOW_MS + (jumpsMs[i] ?? 0)) })),
        );
        history.running.set(
          GIT_STATUS.name,
          startsMs.map((ms) => NOW_MS + ms).sort((a, b) => a - b),
        );
        const limitMs = deadlineMs(history, policy);
        expect(limitMs).toBeGreaterThanOrEqual(policy.estimator.floorMs);
        expect(limitMs).toBeLessThanOrEqual(HANG_BOUND * usualMs);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a class with little history', () => {
  it('has no short deadline after one quick result, or after fourteen (E2)', () => {
    for (const count of [1, 4, 5, 14]) {
      const cold = new StoredHistory(policy).add(
        Array.from({ length: count }, () => sample(1_000)),
        { ...GIT_STATUS, levels: ['command/git'] },
      );
      expect([count, deadlineMs(cold, policy) >= policy.estimator.coldFloorMs]).toEqual([count, true]);
    }
    expect(deadlineMs(new StoredHistory(policy).add([sample(1_000)]), policy)).toBeGreaterThanOrEqual(
      policy.estimator.coldFloorMs,
    );
  });

  it('does not get the short deadline of another subcommand: sixty quick runs of that end no first slow one (E2)', () => {
    const quick = new StoredHistory(policy).add(
      Array.from({ length: 60 }, () => sample(200)),
      { ...GIT_STATUS, levels: ['command/git/log', 'command/git'] },
    );
    expect(decide(request(quick, policy))).toMatchObject({
      basis: 'borrowed',
      deadlineMs: policy.estimator.coldFloorMs,
    });
  });
});
