import type { Decision } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { decide } from '../deadline/decide.js';
import { classFrom } from '../classify/job-class.js';
import { observe } from './observe.js';
import { judgeShadows } from './shadow-judgement.js';
import { ended, endedJob, killed, policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const policy = policyOf();
const base = decide(request(new StoredHistory(policy).add(Array.from({ length: 40 }, () => sample(5_000))), policy));
/** The real deadline is 10 s, that of the shadow `shadowMs`. */
const decision = (shadowMs: number): Decision => ({ ...base, shadows: [{ name: 'wide', deadlineMs: shadowMs }] });
const judged = (shadowMs: number, ...attempts: ((decision: Decision) => ReturnType<typeof ended>)[]) =>
  judgeShadows({
    jobClass: request(null, policy).jobClass,
    attempts: attempts.map((make) => make(decision(shadowMs))),
    willRetry: false,
  });

describe('the counters of a shadow', () => {
  it('count no kill for a success under its deadline, and a false kill for a longer one (F53)', () => {
    expect(judged(8_000, (d) => ended(d, { durationMs: 7_000 }))).toEqual({ 'shadow:wide:judged': 1 });
    expect(judged(8_000, (d) => ended(d, { durationMs: 9_000 }))).toEqual({
      'shadow:wide:judged': 1,
      'shadow:wide:falseKills': 1,
    });
  });

  it('count for a wrong kill whether the shadow would have avoided it (F53)', () => {
    const slow = (d: Decision) => ended(d, { number: 2, durationMs: 14_000 });
    expect(judged(15_000, killed, slow)).toEqual({ 'shadow:wide:judged': 1, 'shadow:wide:actingFalseKills': 1 });
    expect(judged(12_000, killed, slow)).toEqual({
      'shadow:wide:judged': 1,
      'shadow:wide:actingFalseKills': 1,
      'shadow:wide:falseKills': 1,
    });
  });

  it('count for an attempt that hung the time that the shadow would have allowed it, after a quick retry or a second hang (F53)', () => {
    const hung = { 'shadow:wide:hung': 1, 'shadow:wide:hungMs': 15_000, 'shadow:wide:actingHungMs': 10_000 };
    expect(judged(15_000, killed, (d) => ended(d, { number: 2, durationMs: 4_000 }))).toEqual(hung);
    expect(judged(15_000, killed, (d) => killed({ ...d, deadlineMs: 20_000 }, 2))).toEqual(hung);
  });

  it.each([
    ['a single kill', [killed]],
    ['a failure', [(d: Decision) => ended(d, { outcome: 'failed', cause: 'error' })]],
    [
      'a kill whose retry failed',
      [killed, (d: Decision) => ended(d, { number: 2, outcome: 'failed', cause: 'error' })],
    ],
    ['a retry from a checkpoint', [killed, (d: Decision) => ended(d, { number: 2, resumedFromCheckpoint: true })]],
    ['a cancelled attempt', [(d: Decision) => ended(d, { outcome: 'cancelled', cause: 'cancelled' })]],
    ['a lost worker', [(d: Decision) => ended(d, { outcome: 'lost', cause: 'worker_lost' })]],
    [
      'a kill whose retry ran another model',
      [killed, (d: Decision) => killed({ ...d }, 2)].map((make, i) => (d: Decision) => ({
        ...make(d),
        ...(i === 1 ? { ranAs: classFrom(['chat', 'small']) } : {}),
      })),
    ],
  ] as const)('is not known from %s', (_, attempts) => {
    expect(judged(8_000, ...attempts)).toEqual({});
  });

  it('are added when the last attempt is settled, not before a retry (F38)', () => {
    const attempts = [killed(decision(15_000)), killed({ ...decision(15_000), deadlineMs: 20_000 }, 2)];
    const counters = (willRetry: boolean) => observe(endedJob(attempts, { willRetry })).counters;
    expect(counters(true)).toEqual({ killed: 1 });
    expect(counters(false)).toEqual({
      killed: 1,
      'shadow:wide:hung': 1,
      'shadow:wide:hungMs': 15_000,
      'shadow:wide:actingHungMs': 10_000,
    });
  });

  it('are missing where nothing ran in shadow', () => {
    expect(judgeShadows({ ...endedJob([ended(base)]) })).toEqual({});
  });
});
