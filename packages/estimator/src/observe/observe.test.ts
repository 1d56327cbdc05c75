import { RING_LENGTH, type Cause, type Decision, type Outcome } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { decide } from '../deadline/decide.js';
import type { EndedAttempt } from './ended-attempt.js';
import { classFrom, classify } from '../classify/job-class.js';
import { observe } from './observe.js';
import { ringKey, sharedRingKey } from '../history/ring-key.js';
import { decodeSample } from '../history/sample.js';
import {
  deadlineMs,
  ended,
  endedJob,
  GIT_STATUS,
  killed,
  policyOf,
  request,
  sample,
  StoredHistory,
  TENANT,
  totalsOf,
} from '../../testing/written-history.js';

const policy = policyOf();
const history = () => new StoredHistory(policy).add(Array.from({ length: 40 }, (_, i) => sample(5_000 + i)));
const decision = decide(request(history(), policy));
const first = (outcome: Outcome, cause: Cause | null, more: Partial<EndedAttempt> = {}) =>
  ended(decision, { outcome, cause, ...more });
const observed = (...attempts: EndedAttempt[]) => totalsOf(endedJob(attempts)).map((text) => decodeSample(text));
const second = (attempt: EndedAttempt): EndedAttempt => ({ ...attempt, number: 2 });

describe('the observation from the end of an attempt', () => {
  it('is after a success its duration, for every level and for the rings of all tenants (F38, F40)', () => {
    const observations = observe(endedJob([first('succeeded', null, { durationMs: 1_500 })]));
    expect(observations.rings.map(({ key }) => key).filter((key) => key.startsWith('total/'))).toEqual([
      ...GIT_STATUS.levels.map((level) => ringKey('total', TENANT, level)),
      ...GIT_STATUS.shared.map((level) => sharedRingKey('total', level)),
    ]);
    expect(observed(first('succeeded', null, { durationMs: 1_500 }))).toMatchObject([
      { kind: 'exact', valueMs: 1_500 },
    ]);
    expect(observations.counters).toEqual({ succeeded: 1 });
  });

  it('is missing after a first kill before a retry, which shows whether the kill was wrong (E5)', () => {
    expect(totalsOf(endedJob([killed(decision)], { willRetry: true }))).toEqual([]);
  });

  it('is after a successful retry its duration, long or short, with the deadline of the first attempt (F38)', () => {
    const wrong = [killed(decision), second(first('succeeded', null, { durationMs: 14_000 }))];
    expect(observed(...wrong)).toMatchObject([{ kind: 'exact', valueMs: 14_000, deadlineMs: decision.deadlineMs }]);
    expect(observe(endedJob(wrong)).counters).toEqual({ succeeded: 1, falseKills: 1 });
    const right = [killed(decision), second(first('succeeded', null, { durationMs: 4_000 }))];
    expect(observed(...right)).toMatchObject([{ kind: 'exact', valueMs: 4_000 }]);
    expect(observe(endedJob(right)).counters).toEqual({ succeeded: 1 });
  });

  it('is after a kill without a retry that it takes longer, never that it takes this long (E5)', () => {
    expect(observed(killed(decision))).toMatchObject([{ kind: 'censored', valueMs: decision.deadlineMs }]);
    expect(observed(killed(decision), second(first('failed', 'error')))).toMatchObject([
      { kind: 'censored', valueMs: decision.deadlineMs },
    ]);
  });

  it('is after a second kill a hang (E5)', () => {
    expect(observed(killed(decision), killed({ ...decision, deadlineMs: 2 * decision.deadlineMs }, 2))).toMatchObject([
      { kind: 'hung', valueMs: 2 * decision.deadlineMs },
    ]);
  });

  it('is after a cancel that it takes longer (F38)', () => {
    expect(observed(first('cancelled', 'cancelled', { durationMs: 700 }))).toMatchObject([
      { kind: 'censored', valueMs: 700 },
    ]);
  });

  it.each([
    ['failed', 'error'],
    ['failed', 'provider'],
    ['lost', 'worker_lost'],
    ['released', null],
  ] as const)('%s (%s): nothing (F38)', (outcome, cause) => {
    expect(observed(first(outcome, cause, { durationMs: 3 }))).toEqual([]);
  });

  it('is after a success from a checkpoint only that the work takes longer (F38)', () => {
    const resumed = second(first('succeeded', null, { durationMs: 800, resumedFromCheckpoint: true }));
    expect(observed(killed(decision), resumed)).toMatchObject([{ kind: 'censored', valueMs: decision.deadlineMs }]);
    expect(observe(endedJob([killed(decision), resumed])).counters).toEqual({ succeeded: 1 });
  });

  it('is after a fallback that of the class of the model that ran, and shows nothing about a kill of the other model (F141)', () => {
    const asked = classify({ kind: 'chat', input: { model: 'gpt-4o' } });
    const small = classFrom(['chat', 'gpt-4o-mini']);
    const observations = observe(
      endedJob([killed(decision), second(first('succeeded', null, { durationMs: 400, ranAs: small }))], {
        jobClass: asked,
      }),
    );
    expect(observations.className).toBe('chat/gpt-4o-mini');
    expect(observations.rings.every(({ key }) => key.includes('gpt-4o-mini') || key.includes('/~fleet'))).toBe(true);
    expect(observations.counters).toEqual({ succeeded: 1 });
  });

  it('counts as load only with the expected duration of the class itself: slower than similar work is no slow-down (F67)', () => {
    const loads = (more: Partial<Decision>) =>
      observe(endedJob([ended({ ...decision, ...more }, { durationMs: 60_000 })])).rings.filter(({ key }) =>
        key.startsWith('load/'),
      );
    expect(loads({})).toHaveLength(2);
    expect(loads({ level: 'command/git', basis: 'borrowed' })).toEqual([]);
    // From the rings of all tenants: there is an expected duration, but no usual one.
    expect(loads({ basis: 'prior', baseMs: null })).toEqual([]);
  });

  it('is missing while no attempt has ended', () => {
    expect(observe(endedJob([]))).toMatchObject({ rings: [], counters: {} });
  });
});

describe('the deadline after', () => {
  it('100 fast failures is not shorter, after 100 slow ones not longer (E3)', () => {
    for (const durationMs of [1, 3_600_000]) {
      const after = history();
      for (let i = 0; i < 100; i += 1) after.apply(observe(endedJob([first('failed', 'error', { durationMs })])));
      expect(deadlineMs(after, policy)).toBe(decision.deadlineMs);
    }
  });

  it('kills without a retry rises, and falls again after as many successes (E5)', () => {
    const after = history();
    for (let i = 0; i < 10; i += 1) after.apply(observe(endedJob([killed(decision)])));
    expect(deadlineMs(after, policy)).toBeGreaterThan(decision.deadlineMs);
    for (let i = 0; i < RING_LENGTH; i += 1)
      after.apply(observe(endedJob([first('succeeded', null, { durationMs: 5_000 })])));
    expect(deadlineMs(after, policy)).toBeLessThanOrEqual(decision.deadlineMs);
  });
});

describe('the silences between outputs', () => {
  const gaps = (more: Partial<EndedAttempt>, willRetry = false, before: EndedAttempt[] = []) => {
    const last = ended({ ...decision, idleMs: 9_000 }, more);
    const ring = ringKey('idle', TENANT, GIT_STATUS.name);
    return observe(endedJob([...before, last], { willRetry })).rings.flatMap(({ key, sample: text }) =>
      key === ring ? [decodeSample(text)] : [],
    );
  };

  it('are learned from successes with more than one output (F49)', () => {
    expect(gaps({ outputs: 3, maxGapMs: 4_000 })).toMatchObject([{ kind: 'exact', valueMs: 4_000 }]);
    expect(gaps({ outputs: 1, maxGapMs: 4_000 })).toEqual([]);
    expect(gaps({ outcome: 'failed', cause: 'error', outputs: 3, maxGapMs: 4_000 })).toEqual([]);
  });

  it('that ended an attempt count as longer than their limit; twice in a row, as endless (F49)', () => {
    const silent = { outcome: 'stopped', cause: 'idle' } as const;
    expect(gaps(silent, true)).toEqual([]);
    expect(gaps(silent)).toMatchObject([{ kind: 'censored', valueMs: 9_000 }]);
    expect(gaps(silent, false, [ended(decision, silent)])).toMatchObject([{ kind: 'hung', valueMs: 9_000 }]);
  });
});
