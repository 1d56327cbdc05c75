import type { AttemptResult } from '../attempt/attempt-result.js';
import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import { parsePolicy, type JobId } from '@leeway/contract';
import { classify, decide } from '@leeway/estimator';
import { JobRecord } from '@leeway/queue';
import { describe, expect, it } from 'vitest';
import type { AttemptWork } from '../decision/attempt-work.js';
import { verdict, type VerdictContext } from './plan-settlement.js';

const policy = parsePolicy({});
const input = { argv: ['make', 'test'] };
const jobClass = classify({ kind: 'command', input });
const decision = decide({
  jobClass,
  tenant: 't',
  kind: policy.kinds['*'] as never,
  policy,
  history: null,
  nowMs: 1,
  attempt: 1,
});

function context(record: Record<string, string> = {}, limits: AttemptWork['limits'] = {}): VerdictContext {
  const full = { state: 'running', last: '1', tried: '0', maxAttempts: '2', spentMs: '0', readyAt: '900', ...record };
  return {
    attempt: {
      job: 'jsomejobid' as JobId,
      number: Number(full.last),
      token: 't',
      startedAtMs: 1_000,
      record: new JobRecord('jsomejobid' as JobId, full),
    },
    work: {
      job: 'jsomejobid' as JobId,
      kind: 'command',
      tenant: 't',
      tier: 'default',
      stream: false,
      input,
      limits,
      jobClass,
    },
    policy,
    nowMs: 2_000,
    random: () => 0.5,
  };
}

function ending(changes: Partial<AttemptResult>): AttemptResult {
  return { outcome: 'succeeded', durationMs: 1_000, abandoned: false, readings: { outputs: 0 }, decision, ...changes };
}
const durations = (said: { rings: readonly { key: string }[] }) =>
  said.rings.filter(({ key }) => key.startsWith('total/'));
const failed = (error: unknown) => ending({ outcome: 'failed', error });
const killed = (deadlineMs = 2_000, hardCapMs = 9_000) =>
  ending({
    outcome: 'stopped',
    reason: { cause: 'deadline', message: '' },
    expiry: { cause: 'deadline', limitMs: deadlineMs, elapsedMs: deadlineMs },
    decision: { ...decision, deadlineMs, hardCapMs, basis: 'history' },
  });

describe('a kill after an extension', () => {
  const before = {
    'a1:decision': JSON.stringify({ ...decision, deadlineMs: 1_000 }),
    ...{ 'a1:startedAt': '1', 'a1:deadlineAt': '5001', 'a1:outcome': 'stopped', 'a1:cause': 'deadline' },
    'a1:durationMs': '5000',
  };
  const retried = (durationMs: number) => verdict(ending({ durationMs }), context({ last: '2', ...before })).counters;

  it('is wrong only when the retry took longer than the attempt was allowed in the end (F63)', () => {
    expect(retried(4_000)).toEqual({ succeeded: 1 });
    expect(retried(6_000)).toEqual({ succeeded: 1, falseKills: 1 });
  });
});

describe('what the end of an attempt means', () => {
  it('a success ends the job, keeps the result and teaches its duration (F38)', () => {
    const said = verdict(ending({ value: { exitCode: 0 } }), context());
    expect(said).toMatchObject({
      next: { step: 'final', state: 'succeeded' },
      cause: null,
      result: '{"exitCode":0}',
      partial: false,
      counters: { succeeded: 1 },
    });
    expect(durations(said).length).toBeGreaterThan(0);
  });

  it('a fallback teaches the class of the model that ran', () => {
    const chat = {
      ...context(),
      work: {
        ...context().work,
        kind: 'chat',
        input: { model: 'large', messages: [] },
        jobClass: classify({ kind: 'chat', input: { model: 'large' } }),
      },
    };
    const said = verdict(ending({ value: { model: 'small', text: '' } }), chat);
    expect(durations(said).every(({ key }) => key.includes('chat/small'))).toBe(true);
    expect(
      durations(verdict(ending({ value: { model: 'large', text: '' } }), chat)).every(({ key }) =>
        key.includes('chat/large'),
      ),
    ).toBe(true);
  });

  it('a failure is retried after a back-off while there are attempts', () => {
    expect(verdict(failed(new Error('no')), context()).next).toEqual({
      step: 'retry',
      delayMs: policy.limits.backoffMs,
    });
    expect(verdict(failed(new Error('no')), context({ tried: '1', last: '2' })).next).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('doubles the pause, with full jitter, up to the longest', () => {
    const delay = (tried: number, random: number) => {
      const { next } = verdict(failed(new Error('no')), {
        ...context({ tried: String(tried), maxAttempts: '99' }),
        random: () => random,
      });
      return next.step === 'retry' ? next.delayMs : undefined;
    };
    expect([delay(0, 0), delay(0, 1), delay(3, 0.5), delay(40, 1)]).toEqual([
      0,
      2_000,
      8_000,
      policy.limits.maxBackoffMs,
    ]);
  });

  it('is not retried where another attempt could not succeed', () => {
    expect(verdict(failed(new DoNotRetryError('bad input')), context()).next).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('obeys a provider that says when to come back', () => {
    const error = Object.assign(new HandlerError('rate_limited', 'slow down', { cause: 'provider' }), {
      retryAfterMs: 30_000,
    });
    expect(verdict(failed(error), context()).next).toEqual({ step: 'retry', delayMs: 30_000 });
  });

  it('a deadline kill is retried, teaches nothing yet and counts as killed', () => {
    const said = verdict(killed(), context());
    expect(said).toMatchObject({
      outcome: 'stopped',
      cause: 'deadline',
      next: { step: 'retry' },
      counters: { killed: 1 },
      partial: true,
    });
    expect(durations(said)).toEqual([]);
  });

  it('a kill at the hard cap is final', () => {
    expect(verdict(killed(9_000, 9_000), context()).next).toEqual({ step: 'final', state: 'failed' });
  });

  it('the error of a kill says cause, limit, elapsed, who set it and what to do (F92)', () => {
    expect(verdict(killed(), context()).error).toMatchObject({
      code: 'deadline',
      limitMs: 2_000,
      setBy: expect.stringContaining('estimator'),
      advice: expect.stringContaining('timeoutMs'),
      message: expect.stringContaining('2.0 s'),
    });
  });

  it('says how much longer the static limit would have waited (F90)', () => {
    expect(verdict(killed(), context()).savedMs).toBe(600_000 - 1_000);
  });

  it('no retry starts without room in overall or before completeBy', () => {
    expect(verdict(failed(new Error('no')), context({ spentMs: '8500' }, { overallMs: 10_000 })).next).toEqual({
      step: 'final',
      state: 'failed',
    });
    expect(verdict(failed(new Error('no')), context({}, { completeBy: new Date(2_500).toISOString() })).next).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('a cancel is final, a hand-back is not an attempt', () => {
    expect(
      verdict(ending({ outcome: 'cancelled', reason: { cause: 'cancelled', message: 'enough' } }), context()),
    ).toMatchObject({ next: { step: 'final', state: 'cancelled' }, cause: 'cancelled' });
    const back = verdict(ending({ outcome: 'released' }), context());
    expect(back).toMatchObject({ next: { step: 'requeue' }, counters: {} });
    expect(durations(back)).toEqual([]);
  });
});

describe('a job whose provider takes no calls (F145, F147)', () => {
  const deferral = (counts: boolean) =>
    failed(
      new HandlerError('usage_limit', 'no quota', {
        cause: 'usage_limit',
        deferral: { provider: 'p', counts, most: 2 },
      }),
    );

  it('is put back: no attempt is burnt, nothing is learned', () => {
    const said = verdict(deferral(true), context({ deferrals: '1', tried: '1' }));
    expect(said).toMatchObject({
      outcome: 'deferred',
      cause: 'usage_limit',
      next: { step: 'deferred', counts: true },
      counters: {},
    });
    expect(durations(said)).toEqual([]);
  });

  it('ends when the provider has said no too often, for then it may be the reason itself', () => {
    expect(verdict(deferral(true), context({ deferrals: '2' }))).toMatchObject({
      outcome: 'failed',
      next: { step: 'final', state: 'failed' },
      error: { code: 'usage_limit' },
    });
  });

  it('waits for as long as it takes where the provider was never reached', () => {
    expect(verdict(deferral(false), context({ deferrals: '9' })).next).toEqual({ step: 'deferred', counts: false });
  });

  it('does not count that wait as a wait for a worker', () => {
    const decided = { 'a1:decision': JSON.stringify(decision), 'a1:startedAt': '1', 'a1:outcome': 'deferred' };
    const queued = (record: Record<string, string>) =>
      verdict(ending({}), context(record)).rings.filter(({ key }) => key.startsWith('queue/')).length;
    expect(queued({ last: '2', ...decided })).toBe(0);
    expect(queued({ last: '2', ...decided, 'a1:outcome': 'failed' })).toBeGreaterThan(0);
  });
});
