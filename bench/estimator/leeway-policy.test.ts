import { describe, expect, it } from 'vitest';
import { oracle } from './oracle.js';
import { leeway } from './policies/leeway.js';
import { windowQuantile } from './policies/window-quantile.js';
import type { MakePolicy } from './policy.js';
import { normal, randomFrom } from './random.js';
import { replay } from './replay.js';
import { score, type Score } from './score.js';
import { traceFrom, type Trace } from './trace.js';
import { makeWorld, SCENARIOS, type Scenario } from './world.js';

const JOBS = 4_000;
const HARD_CAP_MS = 3_600_000;
const SURVIVORS_ONLY = windowQuantile(0.95, 1);

/** Stationary work of three keys, log-normal, times `scale`. */
function trace(scale = 1): Trace {
  const random = randomFrom('stationary');
  const rows = Array.from({ length: JOBS }, (_, at) => ({
    submittedMs: at * 900 * scale,
    durationMs: scale * 4_000 * (1 + (at % 3)) * Math.exp(0.5 * normal(random)),
    key: `work:k${at % 3}`,
  }));
  return traceFrom('stationary', rows, HARD_CAP_MS * scale);
}

function scoreOf(make: MakePolicy, scenario: Scenario = SCENARIOS.usual, of = trace()): Score {
  const world = makeWorld(of, scenario, '1');
  return score(world, replay(world, make), replay(world, oracle(world)));
}

const SLOW_MS = 60_000;

describe('the policy of the product in a replay', { timeout: SLOW_MS }, () => {
  it('kills few healthy jobs and ends hung ones nearly as early as the oracle', () => {
    const { falseKills, hangDetection } = scoreOf(leeway);
    expect(falseKills).toBeLessThan(0.013);
    expect(hangDetection).toBeLessThan(2);
  });

  it('keeps its deadlines where a quantile of the survivors spirals down (E4)', () => {
    expect(scoreOf(SURVIVORS_ONLY).lastQuarter).toBeGreaterThan(0.2);
    expect(scoreOf(leeway).lastQuarter).toBeLessThan(0.015);
  });

  it('kills few healthy jobs after all work has become three or ten times slower (E4)', () => {
    expect(scoreOf(leeway, SCENARIOS.stepThree).lastQuarter).toBeLessThan(0.015);
    expect(scoreOf(leeway, SCENARIOS.stepTen).lastQuarter).toBeLessThan(0.02);
  });

  it('does not let deadlines grow where 5 % of the jobs hang with their retries', () => {
    expect(scoreOf(leeway, SCENARIOS.hangsFive).hangDetection).toBeLessThan(4);
  });

  it('scales its deadlines with the durations', () => {
    const usual = scoreOf(leeway);
    const scaled = scoreOf(leeway, SCENARIOS.usual, trace(7.3));
    expect(scaled.falseKills).toBeCloseTo(usual.falseKills, 3);
    expect(scaled.hangDetection / usual.hangDetection).toBeCloseTo(1, 1);
  });
});
