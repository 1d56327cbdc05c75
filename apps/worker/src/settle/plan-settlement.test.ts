import { parsePolicy, type JobId } from '@leeway/contract';
import { classify, decide } from '@leeway/estimator';
import { JobRecord } from '@leeway/queue';
import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import { describe, expect, it } from 'vitest';
import type { AttemptResult } from '../attempt/attempt.js';
import type { AttemptWork } from '../decision/attempt-work.js';
import { planSettlement, type SettlementContext } from './plan-settlement.js';

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

function context(record: Record<string, string> = {}, limits: AttemptWork['limits'] = {}): SettlementContext {
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

function result(changes: Partial<AttemptResult>): AttemptResult {
  return { outcome: 'succeeded', durationMs: 1_000, abandoned: false, readings: { outputs: 0 }, decision, ...changes };
}
const durations = (settlement: { rings: readonly { key: string }[] }) =>
  settlement.rings.filter(({ key }) => key.startsWith('total/'));
const failed = (error: unknown) => result({ outcome: 'failed', error });
const killed = (deadlineMs = 2_000, hardCapMs = 9_000) =>
  result({
    outcome: 'stopped',
    reason: { cause: 'deadline', message: '' },
    expiry: { cause: 'deadline', limitMs: deadlineMs, elapsedMs: deadlineMs },
    decision: { ...decision, deadlineMs, hardCapMs, basis: 'history' },
  });

describe('an attempt that was killed after an extension', () => {
  const before = {
    'a1:decision': JSON.stringify({ ...decision, deadlineMs: 1_000 }),
    ...{ 'a1:startedAt': '1', 'a1:deadlineAt': '5001', 'a1:outcome': 'stopped', 'a1:cause': 'deadline' },
    'a1:durationMs': '5000',
  };
  const retried = (durationMs: number) =>
    planSettlement(result({ durationMs }), context({ last: '2', ...before })).counters;

  it('counts as a false kill only when the retry took longer than the extended deadline (F63)', () => {
    expect(retried(4_000)).toEqual({ succeeded: 1 });
    expect(retried(6_000)).toEqual({ succeeded: 1, falseKills: 1 });
  });
});

describe('the settlement', () => {
  it('of a success ends the job, keeps the result and observes its duration (F38)', () => {
    const settlement = planSettlement(result({ value: { exitCode: 0 } }), context());
    expect(settlement).toMatchObject({
      next: { step: 'final', state: 'succeeded' },
      cause: null,
      result: '{"exitCode":0}',
      partial: false,
      counters: { succeeded: 1 },
    });
    expect(durations(settlement).length).toBeGreaterThan(0);
  });

  it('of a chat observes the class of the fallback model that ran', () => {
    const chat = {
      ...context(),
      work: {
        ...context().work,
        kind: 'chat',
        input: { model: 'large', messages: [] },
        jobClass: classify({ kind: 'chat', input: { model: 'large' } }),
      },
    };
    const settlement = planSettlement(result({ value: { model: 'small', text: '' } }), chat);
    expect(durations(settlement).every(({ key }) => key.includes('chat/small'))).toBe(true);
    expect(
      durations(planSettlement(result({ value: { model: 'large', text: '' } }), chat)).every(({ key }) =>
        key.includes('chat/large'),
      ),
    ).toBe(true);
  });

  it('of a failure is a retry after a back-off while there are attempts left', () => {
    expect(planSettlement(failed(new Error('no')), context()).next).toEqual({
      step: 'retry',
      delayMs: policy.limits.backoffMs,
    });
    expect(planSettlement(failed(new Error('no')), context({ tried: '1', last: '2' })).next).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('doubles the back-off with each failure, with full jitter, up to the longest', () => {
    const delay = (tried: number, random: number) => {
      const { next } = planSettlement(failed(new Error('no')), {
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

  it('of an error that forbids a retry is final', () => {
    expect(planSettlement(failed(new DoNotRetryError('bad input')), context()).next).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('of a provider error waits for as long as the provider asked for', () => {
    const error = Object.assign(new HandlerError('rate_limited', 'slow down', { cause: 'provider' }), {
      retryAfterMs: 30_000,
    });
    expect(planSettlement(failed(error), context()).next).toEqual({ step: 'retry', delayMs: 30_000 });
  });

  it('of a deadline kill is a retry, observes no duration yet and counts as killed', () => {
    const settlement = planSettlement(killed(), context());
    expect(settlement).toMatchObject({
      outcome: 'stopped',
      cause: 'deadline',
      next: { step: 'retry' },
      counters: { killed: 1 },
      partial: true,
    });
    expect(durations(settlement)).toEqual([]);
  });

  it('of a kill at the hard cap is final', () => {
    expect(planSettlement(killed(9_000, 9_000), context()).next).toEqual({ step: 'final', state: 'failed' });
  });

  it('of a kill has an error with cause, limit, elapsed time, who set the limit and what to do (F92)', () => {
    expect(planSettlement(killed(), context()).error).toMatchObject({
      code: 'deadline',
      limitMs: 2_000,
      setBy: expect.stringContaining('estimator'),
      advice: expect.stringContaining('timeoutMs'),
      message: expect.stringContaining('2 s'),
    });
  });

  it('of a kill contains how much longer the static limit would have let it run (F90)', () => {
    expect(planSettlement(killed(), context()).savedMs).toBe(600_000 - 1_000);
  });

  it('of a failure without time left in overall or before completeBy is final', () => {
    expect(planSettlement(failed(new Error('no')), context({ spentMs: '8500' }, { overallMs: 10_000 })).next).toEqual({
      step: 'final',
      state: 'failed',
    });
    expect(
      planSettlement(failed(new Error('no')), context({}, { completeBy: new Date(2_500).toISOString() })).next,
    ).toEqual({
      step: 'final',
      state: 'failed',
    });
  });

  it('of a cancel is final, and of a release requeues the job without using up an attempt', () => {
    expect(
      planSettlement(result({ outcome: 'cancelled', reason: { cause: 'cancelled', message: 'enough' } }), context()),
    ).toMatchObject({ next: { step: 'final', state: 'cancelled' }, cause: 'cancelled' });
    const back = planSettlement(result({ outcome: 'released' }), context());
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

  it('is deferred: no attempt is used up, nothing is observed', () => {
    const settlement = planSettlement(deferral(true), context({ deferrals: '1', tried: '1' }));
    expect(settlement).toMatchObject({
      outcome: 'deferred',
      cause: 'usage_limit',
      next: { step: 'deferred', counts: true },
      counters: {},
    });
    expect(durations(settlement)).toEqual([]);
  });

  it('fails when the provider has refused it too often, because it may be the reason itself', () => {
    expect(planSettlement(deferral(true), context({ deferrals: '2' }))).toMatchObject({
      outcome: 'failed',
      next: { step: 'final', state: 'failed' },
      error: { code: 'usage_limit' },
    });
  });

  it('is deferred without a bound where the provider was never called', () => {
    expect(planSettlement(deferral(false), context({ deferrals: '9' })).next).toEqual({
      step: 'deferred',
      counts: false,
    });
  });

  it('is not observed as having waited for a worker', () => {
    const decided = { 'a1:decision': JSON.stringify(decision), 'a1:startedAt': '1', 'a1:outcome': 'deferred' };
    const queued = (record: Record<string, string>) =>
      planSettlement(result({}), context(record)).rings.filter(({ key }) => key.startsWith('queue/')).length;
    expect(queued({ last: '2', ...decided })).toBe(0);
    expect(queued({ last: '2', ...decided, 'a1:outcome': 'failed' })).toBeGreaterThan(0);
  });
});
