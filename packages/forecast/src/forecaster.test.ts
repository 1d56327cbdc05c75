import { parsePolicy } from '@leeway/contract';
import { classify, encodeSample, type Sample } from '@leeway/estimator';
import type { HistoryReader } from '@leeway/queue';
import { describe, expect, it } from 'vitest';
import { Forecaster } from './forecaster.js';
import type { AttemptFacts, Work } from './work.js';

const START_MS = 1_000_000;
const input = { argv: ['make', 'all'] };
const WORK: Work = {
  ...{ kind: 'command', input, jobClass: classify({ kind: 'command', input }), tenant: 'acme' },
  ...{ tier: 'default', stream: false, limits: {} },
};
const FIRST: AttemptFacts = { number: 1, startedAtMs: START_MS, spentMs: 0 };
const STEP: AttemptFacts = { ...FIRST, step: { leftMs: 100_000, ofRest: 0.3, behind: 1 } };

/** A forecaster over rings with `runs` runs of about `ranMs`; `unavailable` counts the failures to read them. */
function forecasting(policyFile: object = {}) {
  const state = { away: false, runs: 0, ranMs: 3_000, unavailable: 0 };
  const policy = parsePolicy(policyFile);
  const sample = (valueMs: number): Sample => ({
    valueMs,
    kind: 'exact',
    deadlineMs: 0,
    baseMs: 0,
    atMs: START_MS - 1,
  });
  const history: HistoryReader = {
    read: async (keys) => {
      if (state.away) throw new Error('Redis is away');
      const samples = Array.from({ length: state.runs }, (_, i) => encodeSample(sample(state.ranMs + i)));
      return new Map(keys.map((key) => [key, { samples: key.startsWith('total/') ? samples : [] }]));
    },
    runningSince: async () => [],
  };
  const forecaster = new Forecaster({
    ...{ history, historyMaxAgeMs: 0, policy, clock: { monotonicMs: () => performance.now() } },
    onHistoryUnavailable: () => void (state.unavailable += 1),
  });
  return { forecaster, policy, state };
}

describe('a decision', () => {
  it('is made from history, and from static limits while history cannot be read (G7)', async () => {
    const { forecaster, policy, state } = forecasting();
    state.runs = 30;
    expect(await forecaster.decide(WORK, FIRST)).toMatchObject({ basis: 'history', samples: 30 });
    state.away = true;
    expect(await forecaster.decide(WORK, FIRST)).toMatchObject({
      basis: 'static',
      deadlineMs: policy.kinds['*']?.priorMs,
    });
    expect(state.unavailable).toBe(1);
  });

  it('of a step is bounded by its share of the time of its workflow', async () => {
    const { deadlineMs, hardCapMs } = await forecasting().forecaster.decide(WORK, STEP);
    expect([deadlineMs, hardCapMs]).toEqual([30_000, 60_000]);
  });

  it('ends an attempt with its last phase where the policy sets that, also when it is made anew with other limits', async () => {
    const { forecaster } = forecasting({ phases: { endAttempt: true, windowMs: 60_000 } });
    const limits = { idleMs: 5_000 };
    const own = { ...WORK, kind: 'own' };
    for (const work of [own, { ...own, limits }])
      expect(await forecaster.decide(work, FIRST)).toMatchObject({ deadlineMs: 300_000, hardCapMs: 300_000 });
  });
});

describe('an attempt that has reached its deadline', () => {
  it('gets more when runs like it have turned out to take longer', async () => {
    const { forecaster, state } = forecasting();
    state.runs = 30;
    const decision = await forecaster.decide(WORK, FIRST);
    expect(await forecaster.extension(WORK, FIRST, { decision, elapsedMs: decision.deadlineMs })).toBeNull();
    state.ranMs = 30_000;
    const extended = await forecaster.extension(WORK, FIRST, { decision, elapsedMs: decision.deadlineMs });
    expect(extended?.deadlineMs).toBeGreaterThan(30_000);
    expect(extended?.reason).toContain('learned');
  });

  it('gets no more when history cannot be read', async () => {
    const { forecaster, state } = forecasting();
    const decision = await forecaster.decide(WORK, FIRST);
    state.away = true;
    expect(await forecaster.extension(WORK, FIRST, { decision, elapsedMs: decision.deadlineMs })).toBeNull();
  });

  it('draws on the time of later steps when its share is used up, also without history', async () => {
    const { forecaster, state } = forecasting();
    const decision = await forecaster.decide(WORK, STEP);
    state.away = true;
    const extended = await forecaster.extension(WORK, STEP, { decision, elapsedMs: decision.deadlineMs });
    expect(extended).toEqual({ deadlineMs: 60_000, reason: expect.stringContaining('later steps can spare more') });
    const spent = { ...decision, deadlineMs: 60_000 };
    expect(await forecaster.extension(WORK, STEP, { decision: spent, elapsedMs: 60_000 })).toBeNull();
  });
});
