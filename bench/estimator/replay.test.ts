import { describe, expect, it } from 'vitest';
import type { BenchEnd, BenchPolicy, MakePolicy } from './policy.js';
import { replay } from './replay.js';
import { traceFrom } from './trace.js';
import { makeWorld, SCENARIOS, type World } from './world.js';

const HARD_CAP_MS = 1_000_000;

/** Jobs of one key, one second apart, with the given durations. */
function worldOf(jobs: readonly { firstMs: number; retryMs: number }[]): World {
  const rows = jobs.map(({ firstMs }, at) => ({
    submittedMs: at * 1_000,
    durationMs: Math.min(firstMs, HARD_CAP_MS),
    key: 'a:b',
  }));
  const world = makeWorld(traceFrom('test', rows, HARD_CAP_MS), { ...SCENARIOS.usual, hangs: 0 }, 'seed');
  return {
    ...world,
    firstMs: Float64Array.from(jobs, (job) => job.firstMs),
    retryMs: Float64Array.from(jobs, (job) => job.retryMs),
  };
}

function recording(policy: Partial<BenchPolicy>): {
  make: MakePolicy;
  ends: (BenchEnd & { id: number; nowMs: number })[];
} {
  const ends: (BenchEnd & { id: number; nowMs: number })[] = [];
  const make: MakePolicy = () => ({
    first: () => 100,
    second: (_job, _nowMs, killedMs) => 2 * killedMs,
    ended: (job, nowMs, end) => ends.push({ ...end, id: job.id, nowMs }),
    ...policy,
  });
  return { make, ends };
}

describe('replay', () => {
  it('reports an attempt to the policy when it has ended, in order of time', () => {
    const { make, ends } = recording({ first: () => 10_000 });
    replay(
      worldOf([
        { firstMs: 1_500, retryMs: 1 },
        { firstMs: 200, retryMs: 1 },
      ]),
      make,
    );
    expect(ends.map(({ id, nowMs }) => [id, nowMs])).toEqual([
      [1, 1_200],
      [0, 1_500],
    ]);
  });

  it('retries a killed job once, without delay, and counts both kills', () => {
    const { make, ends } = recording({});
    const result = replay(
      worldOf([
        { firstMs: Infinity, retryMs: Infinity },
        { firstMs: 150, retryMs: 180 },
      ]),
      make,
    );
    expect(ends.map(({ attempt, killed, durationMs }) => [attempt, killed, durationMs])).toEqual([
      [1, true, 100],
      [2, true, 200],
      [1, true, 100],
      [2, false, 180],
    ]);
    expect([...result.firstKilled]).toEqual([1, 1]);
    expect([...result.secondKilled]).toEqual([1, 0]);
  });

  it('extends an attempt whose new deadline is more than 2 % later', () => {
    const { make } = recording({ again: (_job, _nowMs, { elapsedMs }) => (elapsedMs < 150 ? 160 : elapsedMs * 1.01) });
    const result = replay(
      worldOf([
        { firstMs: 155, retryMs: 1 },
        { firstMs: 165, retryMs: 1 },
      ]),
      make,
    );
    expect([...result.firstKilled]).toEqual([0, 1]);
    expect([...result.firstDeadlineMs]).toEqual([160, 160]);
  });

  it('kills every attempt at the hard cap', () => {
    const { make } = recording({ first: () => Infinity, second: () => Infinity });
    expect(replay(worldOf([{ firstMs: Infinity, retryMs: Infinity }]), make).firstDeadlineMs[0]).toBe(HARD_CAP_MS);
  });
});

describe('a world', () => {
  const rows = Array.from({ length: 4_000 }, (_, at) => ({
    submittedMs: at * 100,
    durationMs: 100 + (at % 50),
    key: `k${at % 3}`,
  }));
  const trace = traceFrom('test', rows, HARD_CAP_MS);

  it('is the same for the same seed, and different for another seed', () => {
    expect(makeWorld(trace, SCENARIOS.usual, '1').firstMs).toEqual(makeWorld(trace, SCENARIOS.usual, '1').firstMs);
    expect(makeWorld(trace, SCENARIOS.usual, '1').firstMs).not.toEqual(makeWorld(trace, SCENARIOS.usual, '2').firstMs);
  });

  it('lets 2 % of the jobs hang, and half of these hang again on their retry', () => {
    const { firstMs, retryMs } = makeWorld(trace, SCENARIOS.usual, '1');
    const hung = [...firstMs].flatMap((ms, at) => (ms === Infinity ? [at] : []));
    expect(hung.length / rows.length).toBeCloseTo(0.02, 2);
    expect(hung.filter((at) => retryMs[at] === Infinity).length / hung.length).toBeCloseTo(0.5, 0);
    expect([...retryMs].filter((ms, at) => ms === Infinity && firstMs[at] !== Infinity)).toEqual([]);
  });

  it('slows all jobs down after its step', () => {
    const { healthyMs, stepAt } = makeWorld(trace, SCENARIOS.stepThree, '1');
    expect(healthyMs[stepAt - 1]).toBeLessThan(150);
    expect(healthyMs[stepAt]).toBeGreaterThanOrEqual(300);
  });
});
