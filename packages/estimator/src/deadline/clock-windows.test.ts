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

describe('a time that somebody set', () => {
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

  test('that is long changes nothing: the windows of the policy hold', () => {
    expect(windows(asked({ timeoutMs: 3_000_000 }))).toEqual([60_000, 30_000]);
  });

  test('does not touch what was asked for, nor kinds without these clocks', () => {
    const limits = { firstOutputMs: 40_000, idleMs: 35_000 };
    expect(windows(asked({ timeoutMs: 45_000, limits }))).toEqual([40_000, 35_000]);
    expect(windows(asked({ timeoutMs: 45_000, jobClass: command, kind: kindPolicy(policy, 'command') }))).toEqual([
      null,
      null,
    ]);
  });

  test('an estimate is not such a time: under it the windows are as wide as ever', () => {
    expect(windows(asked())).toEqual([60_000, 30_000]);
    const borrowed = new StoredHistory(policy).add(runs(10_000, 8), chat);
    expect(windows(asked({}, borrowed))).toEqual([Math.min(60_000, asked({}, borrowed).deadlineMs), 30_000]);
  });

  test('takes the margin of a learned window, never what such work usually needs', () => {
    const history = new StoredHistory(policy).add(runs(400_000), chat).add(runs(20_000), chat, 'first');
    const learned = asked({}, history).firstOutputMs as number;
    expect(learned).toBeGreaterThanOrEqual(40_000);
    expect(asked({ timeoutMs: 45_000 }, history).firstOutputMs).toBe(20_000);
    expect(asked({ timeoutMs: 100_000 }, history).firstOutputMs).toBe(30_000);
    expect(asked({ timeoutMs: 3_000_000 }, history).firstOutputMs).toBe(learned);
  });

  test('gives the attempt after one that it ended more', () => {
    const previousClock = { cause: 'first_output' as const, limitMs: 13_500 };
    expect(windows(asked({ timeoutMs: 45_000, attempt: 2, previousClock }))).toEqual([27_000, 9_000]);
  });
});

describe('a cold start', () => {
  const usual = { allowanceMs: 30_000, everywhere: false };
  const warm = () => new StoredHistory(policy).add(runs(400_000), chat).add(runs(2_000), chat, 'first');

  test('adds the allowance to a learned window, and the sentence mentions it (F127)', () => {
    const before = asked({}, warm()).firstOutputMs as number;
    expect(before).toBeLessThan(10_000);
    expect(asked({ coldStart: usual }, warm())).toMatchObject({ firstOutputMs: before + 30_000, startUpMs: 30_000 });
    expect(asked({}, warm())).not.toHaveProperty('startUpMs');
  });

  test('adds nothing to the wide window of the policy, nor to a set budget, unless the provider sets one (F127)', () => {
    expect(asked({ coldStart: usual })).toMatchObject({ firstOutputMs: 60_000, startUpMs: 0 });
    expect(asked({ coldStart: usual, timeoutMs: 45_000 })).toMatchObject({ firstOutputMs: 13_500, startUpMs: 0 });
    const house = { allowanceMs: 20_000, everywhere: true };
    expect(asked({ coldStart: house })).toMatchObject({ firstOutputMs: 80_000, startUpMs: 20_000 });
    expect(asked({ coldStart: house, timeoutMs: 45_000 })).toMatchObject({ firstOutputMs: 33_500, startUpMs: 20_000 });
    expect(asked({ coldStart: house, timeoutMs: 25_000 }).firstOutputMs).toBe(25_000);
  });

  test('from some cold attempts on, gets what those took (F127)', () => {
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

  test('does not change what was asked for', () => {
    expect(asked({ coldStart: usual, limits: { firstOutputMs: 3_000 } }, warm())).toMatchObject({
      firstOutputMs: 3_000,
      startUpMs: 0,
    });
  });

  test('teaches start-up times, and leaves those of warm attempts alone (F127)', () => {
    const taught = (decision: Decision) =>
      observe(endedJob([ended(decision, { firstOutputMs: 41_000, outputs: 10 })], { jobClass: chat })).rings.map(
        ({ key }) => key.split('/')[0],
      );
    expect(taught(asked({ coldStart: usual }))).toContain('cold');
    expect(taught(asked({ coldStart: usual }))).not.toContain('first');
    expect(taught(asked())).toContain('first');
    expect(taught(asked())).not.toContain('cold');
  });
});
