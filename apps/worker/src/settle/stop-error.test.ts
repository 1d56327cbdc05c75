import { parsePolicy, type Decision, type Timeout } from '@leeway/contract';
import { classify, decide } from '@leeway/estimator';
import { describe, expect, test } from 'vitest';
import type { AttemptResult } from '../attempt/attempt.js';
import type { AttemptWork } from '../decision/attempt-work.js';
import { stopError } from './stop-error.js';

const policy = parsePolicy({ environment: 'production', kinds: { long: { maxMs: 900_000 } } });
const input = { argv: ['make', 'test'] };
const jobClass = classify({ kind: 'command', input });

function work(changes: Partial<AttemptWork> = {}): AttemptWork {
  const tier = { tier: 'free', stream: false };
  return {
    job: 'jsomejobid' as AttemptWork['job'],
    kind: 'command',
    tenant: 't',
    input,
    limits: {},
    jobClass,
    ...tier,
    ...changes,
  };
}

/** The decision for a job of this tier, with what history would know of it. */
function decision(tierMs: number | undefined, known: Partial<Decision> = {}, timeoutMs?: Timeout): Decision {
  const request = {
    jobClass,
    tenant: 't',
    kind: policy.kinds['*'] as never,
    policy,
    history: null,
    nowMs: 1,
    attempt: 1,
  };
  return { ...decide({ ...request, ...(timeoutMs && { timeoutMs }), capsMs: { tier: tierMs } }), ...known };
}

function stopped(ofDecision: Decision, cause: 'deadline' | 'overall' | 'idle' = 'deadline'): AttemptResult {
  const limitMs = ofDecision.deadlineMs;
  return {
    outcome: 'stopped',
    durationMs: limitMs,
    abandoned: false,
    readings: { outputs: 0 },
    reason: { cause, message: '' },
    expiry: { cause, limitMs, elapsedMs: limitMs },
    decision: ofDecision,
  };
}

const known = (lateMs: number, censored = 0): Partial<Decision> => ({
  basis: 'history',
  samples: 40,
  censored,
  lateMs,
});
const errorOf = (ofDecision: Decision, of = work(), cause: 'deadline' | 'overall' | 'idle' = 'deadline', spentMs = 0) =>
  stopError(stopped(ofDecision, cause), cause, { work: of, policy, spentMs });

test('a job without a timeout that the backstop ended names the longest attempt as the reason, and who set it (F23)', () => {
  const limitMs = policy.limits.maxAttemptMs;
  const ended = decision(8_000, known(5_000), 'none');
  expect(errorOf({ ...ended, basis: 'no_timeout' }, work({ limits: { timeoutMs: 'none' } }))).toMatchObject({
    limitMs,
    setBy: 'the policy (its longest attempt, limits.maxAttemptMs)',
    advice: expect.stringContaining('raise limits.maxAttemptMs'),
  });
});

describe('a job that the cap of its tier ended', () => {
  test('contains tier, streaming, limit, elapsed and who set it (F92)', () => {
    expect(errorOf(decision(8_000))).toMatchObject({
      code: 'deadline',
      message:
        'Ended at its deadline after 8 s; the limit was 8 s. The tier "free" allows no longer attempt without streaming.',
      limitMs: 8_000,
      elapsedMs: 8_000,
      setBy: 'the tier "free"',
      tier: 'free',
      stream: false,
    });
    expect(errorOf(decision(8_000), work({ stream: true }))).toMatchObject({
      message: expect.stringContaining('with streaming'),
      stream: true,
    });
  });

  test('names the tier whatever timeout the submission set, and also after an extension up to the cap', () => {
    expect(errorOf(decision(8_000, {}, 60_000)).setBy).toBe('the tier "free"');
    const extended = { ...decision(8_000, known(5_000)), deadlineMs: 8_000 };
    const caps = extended.caps.map((cap) => ({ ...cap, bit: false }));
    expect(errorOf({ ...extended, caps }).setBy).toBe('the tier "free"');
  });

  test('is advised the smallest tier under which 19 of 20 runs like it would have had enough time (F131)', () => {
    expect(errorOf(decision(8_000, known(21_000))).advice).toBe(
      '19 of 20 runs like it take no longer than 21 s: submit it with a key of the tier "mid", which allows 1 min for an attempt.',
    );
    expect(errorOf(decision(8_000, known(60_000))).advice).toContain('"mid"');
    expect(errorOf(decision(8_000, known(61_000))).advice).toContain('"platform"');
    expect(errorOf(decision(60_000, known(250_000)), work({ tier: 'mid' })).advice).toContain('"enterprise"');
  });

  test.each([
    ['no tier is high enough', decision(8_000, known(400_000)), work(), 'more than any higher tier allows'],
    ['it has the highest', decision(300_000, known(400_000)), work({ tier: 'enterprise' }), 'there is no higher tier'],
    ['nothing is known', decision(8_000), work(), 'It is not known yet how long such work takes'],
    ['too many of them did not end', decision(8_000, known(21_000, 3)), work(), 'It is not known yet'],
    ['only the timeout of the submission is longer', decision(8_000, {}, 60_000), work(), 'It is not known yet'],
    [
      'such work usually ends in time',
      decision(8_000, known(3_000)),
      work(),
      'no longer than 3 s, for which the tier "free" is enough',
    ],
  ])('is advised no tier when %s (F131)', (_, ofDecision, of, text) => {
    const { advice } = errorOf(ofDecision, of);
    expect(advice).toContain(text);
    expect(advice).not.toContain('submit it with a key');
  });

  test("is not advised the tier of those without keys, which has no cap but is nobody's plan", () => {
    expect(errorOf(decision(8_000, known(3_600_000))).advice).not.toContain('default');
  });

  test('is not advised a tier under which its kind of work would get no more time', () => {
    const short = parsePolicy({ environment: 'production', kinds: { command: { priorMs: 5_000, maxMs: 9_000 } } });
    const advice = stopError(stopped(decision(8_000, known(21_000))), 'deadline', {
      work: work(),
      policy: short,
      spentMs: 0,
    }).advice;
    expect(advice).toContain('more than any higher tier allows');
  });
});

describe('a job that ended for another limit', () => {
  test('of the policy names the policy and what the operator can change', () => {
    const { setBy, advice } = errorOf({ ...decision(undefined, {}, 24 * 3_600_000 + 1) });
    expect(setBy).toContain('the policy');
    expect(advice).toContain('kinds.command.maxMs');
  });

  test('of the submission names timeoutMs', () => {
    expect(errorOf(decision(8_000, {}, 3_000))).toMatchObject({
      setBy: 'the submission (timeoutMs)',
      advice: expect.stringContaining('timeoutMs'),
    });
  });

  test('of the estimator names the estimator', () => {
    const capped = decision(60_000, known(5_000));
    const caps = capped.caps.map((cap) => ({ ...cap, bit: false }));
    expect(errorOf({ ...capped, caps, deadlineMs: 9_000 }, work({ tier: 'mid' }))).toMatchObject({
      setBy: 'the estimator (history)',
      tier: 'mid',
      advice: expect.stringContaining('timeoutMs'),
    });
  });

  test('overall names who set the smallest limit, and recommends a tier with room for the time already spent (F131)', () => {
    const spent = errorOf(decision(8_000, known(50_000)), work(), 'overall', 30_000);
    expect(spent.setBy).toBe('the tier "free"');
    expect(spent.message).toContain('The tier "free" allows no more for all attempts');
    expect(spent.advice).toContain('"platform"');
    expect(errorOf(decision(8_000), work({ limits: { overallMs: 5_000 } }), 'overall')).toMatchObject({
      setBy: 'the submission (limits.overallMs)',
      advice: expect.stringContaining('limits.overallMs'),
    });
    expect(errorOf(decision(8_000), work({ limits: { overallMs: 50_000 } }), 'overall').setBy).toBe('the tier "free"');
    expect(errorOf(decision(undefined), work({ tier: 'default' }), 'overall').setBy).toContain('the policy');
  });

  test('idle is advised no tier', () => {
    expect(errorOf(decision(8_000, known(21_000)), work(), 'idle').advice).toContain('limits.idleMs');
  });
});
