import { describe, expect, it, vi } from 'vitest';
import { decide } from './decide.js';
import { observe } from '../observe/observe.js';
import type { Sample } from '../history/sample.js';
import { slowWorkers } from '../history/slow-workers.js';
import { ended, endedJob, NOW_MS, policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

/** Hundreds of histories take a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const policy = policyOf();
const WORKERS = ['w0', 'w1', 'w2', 'w3'];
const SLOW_WORKER = 'w3';
const QUICK_MS = 5_000;

/** Durations of `count` runs on the workers in turn, `times` as long on each of the slow ones. */
function runs(count: number, { slowOnes = [] as string[], times = 10, names = WORKERS } = {}): Sample[] {
  return Array.from({ length: count }, (_, nth) => {
    const from = names[nth % names.length] ?? '';
    const valueMs = QUICK_MS * (1 + ((nth * 7) % 20) / 100) * (slowOnes.includes(from) ? times : 1);
    return sample(valueMs, { from, atMs: NOW_MS - 1_000 * (count - nth) });
  });
}
const decided = (samples: Sample[], worker?: string) =>
  decide(request(new StoredHistory(policy).add(samples), policy, worker === undefined ? {} : { worker }));
/** The same without workers. */
const anywhere = (samples: Sample[]) => samples.map(({ valueMs, atMs }) => sample(valueMs, { atMs }));
const slow = (samples: Sample[]) => [...slowWorkers(samples).factors.keys()];

describe('one worker of four that is ten times slower', () => {
  const healthy = decided(runs(200)).deadlineMs;

  it('changes the deadlines of the others by less than 5 % (F67)', () => {
    for (const slowRuns of [20, 40, 100, 200]) {
      const samples = [...runs(200 - slowRuns), ...runs(slowRuns, { slowOnes: [SLOW_WORKER] })];
      expect(Math.abs(decided(samples, 'w1').deadlineMs / healthy - 1)).toBeLessThan(0.05);
    }
  });

  it('has deadlines that are as much longer, with the reason (F7, F67)', () => {
    const decision = decided(runs(200, { slowOnes: [SLOW_WORKER] }), SLOW_WORKER);
    expect(decision.workerFactor).toBeCloseTo(10, 0);
    expect(decision.deadlineMs / healthy).toBeCloseTo(decision.workerFactor ?? 0, 0);
    expect(decision.sentence).toMatch(/times (?:9|10)\.\d\d because this worker takes so much longer than the others;/);
    expect(decision.expectedMs).toBeGreaterThan(8 * QUICK_MS);
  });

  it('does not count with its running attempts either', () => {
    const history = new StoredHistory(policy).add(runs(200, { slowOnes: [SLOW_WORKER] }));
    const asked: unknown[] = [];
    const watched = {
      level: history.level.bind(history),
      runningSinceMs: (_: string, except?: { has: (name: string) => boolean }) => {
        asked.push(WORKERS.map((name) => except?.has(name)));
        return [];
      },
    };
    decide(request(watched as unknown as StoredHistory, policy));
    expect(asked).toEqual([[false, false, false, true]]);
  });

  it('has plain deadlines after it has recovered, and its earlier results still do not count', () => {
    const samples = [...runs(100, { slowOnes: [SLOW_WORKER] }), ...runs(100)];
    expect(slow(samples)).toEqual([]);
    expect(decided(samples, SLOW_WORKER).workerFactor).toBeUndefined();
    expect(Math.abs(decided(samples).deadlineMs / healthy - 1)).toBeLessThan(0.05);
  });

  it('has longer and longer deadlines while no run ends on it, so that it counts as slow before many jobs fail', () => {
    const killed = (atMs: number) =>
      runs(80).map((one): Sample =>
        one.from === SLOW_WORKER ? { ...one, kind: 'hung', valueMs: atMs, deadlineMs: atMs / 2 } : one,
      );
    for (const atMs of [12_000, 24_000]) {
      const own = decided(killed(atMs), SLOW_WORKER);
      expect(own.workerFactor).toBeCloseTo((2 * atMs) / 5_500, 0);
      expect(decided(killed(atMs), 'w1').deadlineMs).toBeCloseTo(decided(runs(80)).deadlineMs, -3);
    }
  });

  it('does not change the margin: its scores are left out (F44, F67)', () => {
    const scored = (slowOnes: string[], lateSlow = 0) => {
      const history = new StoredHistory(policy).add(runs(200));
      const decision = { ...decided(runs(200)), baseMs: QUICK_MS };
      for (const [nth, { valueMs, from }] of [
        ...runs(800, { slowOnes }),
        ...runs(4 * lateSlow, { slowOnes: [SLOW_WORKER] }),
      ].entries()) {
        const attempt = ended(decision, { durationMs: valueMs, ...(from === undefined ? {} : { worker: from }) });
        const { rings } = observe(endedJob([attempt], { id: `job-${nth}`, nowMs: NOW_MS + nth, policy }));
        for (const { key, sample: text } of rings.filter(({ key: name }) => name.startsWith('score/')))
          history.push(key, text);
      }
      return decide(request(history, policy)).margin ?? 0;
    };
    expect(scored([SLOW_WORKER])).toBeCloseTo(scored([]), 2);
    // Also when it has just become slow: each of the five rings has a handful of its results.
    expect(scored([], 10)).toBeCloseTo(scored([]), 2);
  });
});

describe('no worker counts as slow', () => {
  it('when all work has become slower, on the same workers or on new ones', () => {
    const all = { slowOnes: WORKERS, times: 10 };
    expect(slow([...runs(100), ...runs(60, all)])).toEqual([]);
    const names = ['n0', 'n1', 'n2', 'n3'];
    expect(slow([...runs(100), ...runs(60, { slowOnes: names, names })])).toEqual([]);
  });

  it('when there are only two, which cannot be compared', () => {
    expect(slow(runs(100, { slowOnes: ['w1'], names: ['w0', 'w1'] }))).toEqual([]);
  });

  it('when it is twice as slow, or slow now and then', () => {
    expect(slow(runs(100, { slowOnes: [SLOW_WORKER], times: 2 }))).toEqual([]);
    const now = runs(100).map((one, nth) =>
      one.from === SLOW_WORKER && nth % 8 === 3 ? { ...one, valueMs: 20 * one.valueMs } : one,
    );
    expect(slow(now)).toEqual([]);
  });

  it('with any effect when durations vary by themselves on all workers', () => {
    let seed = 7;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    for (let world = 0; world < 60; world += 1) {
      const mixed = runs(200).map((one) => ({ ...one, valueMs: random() < 0.3 ? 60_000 : 3_000 }));
      // A few results may look like a slow stretch by chance; the usual duration does not change with that.
      expect(slowWorkers(mixed).places.size).toBeLessThan(40);
      expect(decided(mixed).baseMs).toBeCloseTo(decided(anywhere(mixed)).baseMs ?? 0, 6);
    }
  });

  it('when results have no worker', () => {
    expect(slow(anywhere(runs(100, { slowOnes: [SLOW_WORKER] })))).toEqual([]);
  });
});
