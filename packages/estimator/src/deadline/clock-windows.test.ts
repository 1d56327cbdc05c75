import { kindPolicy, type Decision } from '@leeway/contract';
import { describe, expect, test } from 'vitest';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';
import { classify } from '../classify/job-class.js';
import { observe } from '../observe/observe.js';
import { coldRingKey } from '../history/ring-key.js';
import { encodeSample } from '../history/sample.js';
import { ended, endedJob, policyOf, request, sample, StoredHistory, TENANT } from '../../testing/written-history.js';

const policy = policyOf();
const input = { model: 'm', messages: [] };
const chat = classify({ kind: 'chat', input });
const command = classify({ kind: 'command', input: { argv: ['make'] } });

function asked(more: Partial<DecisionRequest> = {}, history: StoredHistory | null = null): Decision {
  return decide(request(history, policy, { jobClass: chat, kind: kindPolicy(policy, 'chat'), ...more }));
}
/** First output and idle window, in ms. */
const windows = ({ firstOutputMs, idleMs }: Decision) => [firstOutputMs, idleMs];
const runs = (valueMs: number, count = 40) => Array.from({ length: count }, () => sample(valueMs));

describe('a given deadline', () => {
  test('of 45 s leaves 13.5 s for the first output and 9 s for a silence (F80)', () => {
    expect(windows(asked({ timeoutMs: 45_000 }))).toEqual([13_500, 9_000]);
    expect(windows(asked({ capsMs: { tier: 45_000 } }))).toEqual([13_500, 9_000]);
    expect(windows(asked({ capsMs: { overall: 45_000 } }))).toEqual([13_500, 9_000]);
  });

  test.each([
    [60_000, 18_000, 12_000],
    [20_000, 6_000, 4_000],
    [16_000, 5_000, 3_200],
    [8_000, 5_000, 3_000],
    [4_000, 4_000, 3_000],
    [1_000, 1_000, 1_000],
  ])('of %d ms leaves %d and %d ms: small ones stay usable (F80)', (budgetMs, firstMs, idleMs) => {
    expect(windows(asked({ timeoutMs: budgetMs }))).toEqual([firstMs, idleMs]);
  });

  test('that is long leaves the windows of the policy', () => {
    expect(windows(asked({ timeoutMs: 3_000_000 }))).toEqual([60_000, 30_000]);
  });

  test('changes neither the windows of the submission nor kinds without windows', () => {
    const limits = { firstOutputMs: 40_000, idleMs: 35_000 };
    expect(windows(asked({ timeoutMs: 45_000, limits }))).toEqual([40_000, 35_000]);
    expect(windows(asked({ timeoutMs: 45_000, jobClass: command, kind: kindPolicy(policy, 'command') }))).toEqual([
      null,
      null,
    ]);
  });

  test('does not include an estimate, which leaves the windows as they are', () => {
    expect(windows(asked())).toEqual([60_000, 30_000]);
    const borrowed = new StoredHistory(policy).add(runs(10_000, 8), chat);
    expect(windows(asked({}, borrowed))).toEqual([Math.min(60_000, asked({}, borrowed).deadlineMs), 30_000]);
  });

  test('reduces the margin of a learned window, never its usual duration', () => {
    const history = new StoredHistory(policy).add(runs(400_000), chat).add(runs(20_000), chat, 'first');
    const learned = asked({}, history).firstOutputMs as number;
    expect(learned).toBeGreaterThanOrEqual(40_000);
    expect(asked({ timeoutMs: 45_000 }, history).firstOutputMs).toBe(20_000);
    expect(asked({ timeoutMs: 100_000 }, history).firstOutputMs).toBe(30_000);
    expect(asked({ timeoutMs: 3_000_000 }, history).firstOutputMs).toBe(learned);
  });

  test('leaves the next attempt a longer window after a stop by one', () => {
    const previousClock = { cause: 'first_output' as const, limitMs: 13_500 };
    expect(windows(asked({ timeoutMs: 45_000, attempt: 2, previousClock }))).toEqual([27_000, 9_000]);
  });
});

describe('a cold start', () => {
  const usual = { allowanceMs: 30_000, everywhere: false };
  const warm = () => new StoredHistory(policy).add(runs(400_000), chat).add(runs(2_000), chat, 'first');

  test('adds the allowance to a learned window, and the decision shows it (F127)', () => {
    const before = asked({}, warm()).firstOutputMs as number;
    expect(before).toBeLessThan(10_000);
    expect(asked({ coldStart: usual }, warm())).toMatchObject({ firstOutputMs: before + 30_000, startUpMs: 30_000 });
    expect(asked({}, warm())).not.toHaveProperty('startUpMs');
  });

  test('adds nothing to the window of the policy or under a given deadline, unless the provider has an allowance (F127)', () => {
    expect(asked({ coldStart: usual })).toMatchObject({ firstOutputMs: 60_000, startUpMs: 0 });
    expect(asked({ coldStart: usual, timeoutMs: 45_000 })).toMatchObject({ firstOutputMs: 13_500, startUpMs: 0 });
    const house = { allowanceMs: 20_000, everywhere: true };
    expect(asked({ coldStart: house })).toMatchObject({ firstOutputMs: 80_000, startUpMs: 20_000 });
    expect(asked({ coldStart: house, timeoutMs: 45_000 })).toMatchObject({ firstOutputMs: 33_500, startUpMs: 20_000 });
    expect(asked({ coldStart: house, timeoutMs: 25_000 }).firstOutputMs).toBe(25_000);
  });

  test('has a learned window after some cold attempts (F127)', () => {
    const history = warm();
    const started = () => history.push(coldRingKey(TENANT, chat), encodeSample(sample(50_000)));
    for (let i = 0; i < 4; i += 1) started();
    expect(asked({ coldStart: usual }, history).startUpMs).toBe(30_000);
    started();
    const cold = asked({ coldStart: usual }, history);
    expect(cold.firstOutputMs).toBeGreaterThanOrEqual(100_000);
    expect(cold.startUpMs).toBe((cold.firstOutputMs ?? 0) - (asked({}, history).firstOutputMs ?? 0));
    expect(asked({}, history)).toEqual(asked({}, warm()));
  });

  test('does not change the window of the submission', () => {
    expect(asked({ coldStart: usual, limits: { firstOutputMs: 3_000 } }, warm())).toMatchObject({
      firstOutputMs: 3_000,
      startUpMs: 0,
    });
  });

  test('is observed apart from warm attempts (F127)', () => {
    const observed = (decision: Decision) =>
      observe(endedJob([ended(decision, { firstOutputMs: 41_000, outputs: 10 })], { jobClass: chat })).rings.map(
        ({ key }) => key.split('/')[0],
      );
    expect(observed(asked({ coldStart: usual }))).toContain('cold');
    expect(observed(asked({ coldStart: usual }))).not.toContain('first');
    expect(observed(asked())).toContain('first');
    expect(observed(asked())).not.toContain('cold');
  });
});
