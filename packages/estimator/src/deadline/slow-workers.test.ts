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
const SICK = 'w3';
const QUICK_MS = 5_000;

/** What `count` runs took, one worker after the other; `times` as long on each of the sick ones. */
function runs(count: number, { sick = [] as string[], times = 10, names = WORKERS } = {}): Sample[] {
  return Array.from({ length: count }, (_, nth) => {
    const from = names[nth % names.length] ?? '';
    const valueMs = QUICK_MS * (1 + ((nth * 7) % 20) / 100) * (sick.includes(from) ? times : 1);
    return sample(valueMs, { from, atMs: NOW_MS - 1_000 * (count - nth) });
  });
}
const decided = (samples: Sample[], worker?: string) =>
  decide(request(new StoredHistory(policy).add(samples), policy, worker === undefined ? {} : { worker }));
/** The same without the workers where they ran. */
const anywhere = (samples: Sample[]) => samples.map(({ valueMs, atMs }) => sample(valueMs, { atMs }));
const slow = (samples: Sample[]) => [...slowWorkers(samples).factors.keys()];

describe('one worker of four that is ten times slower', () => {
  const healthy = decided(runs(200)).deadlineMs;

  it('moves the deadlines of the others by less than 5 % (F67)', () => {
    for (const sickRuns of [20, 40, 100, 200]) {
      const samples = [...runs(200 - sickRuns), ...runs(sickRuns, { sick: [SICK] })];
      expect(Math.abs(decided(samples, 'w1').deadlineMs / healthy - 1)).toBeLessThan(0.05);
    }
  });

  it('gets as much longer deadlines for what it runs itself, and the reason (F7, F67)', () => {
    const decision = decided(runs(200, { sick: [SICK] }), SICK);
    expect(decision.workerFactor).toBeCloseTo(10, 0);
    expect(decision.deadlineMs / healthy).toBeCloseTo(decision.workerFactor ?? 0, 0);
    expect(decision.sentence).toMatch(/times (?:9|10)\.\d\d because this worker takes so much longer than the others;/);
    expect(decision.expectedMs).toBeGreaterThan(8 * QUICK_MS);
  });

  it('does not count with what it runs now either', () => {
    const history = new StoredHistory(policy).add(runs(200, { sick: [SICK] }));
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

  it('that has recovered gets plain deadlines, and what it gave before still does not count for the others', () => {
    const samples = [...runs(100, { sick: [SICK] }), ...runs(100)];
    expect(slow(samples)).toEqual([]);
    expect(decided(samples, SICK).workerFactor).toBeUndefined();
    expect(Math.abs(decided(samples).deadlineMs / healthy - 1)).toBeLessThan(0.05);
  });

  it('gets more and more for itself while nothing ends there, so that it is found out before many jobs are lost', () => {
    const killed = (atMs: number) =>
      runs(80).map((one): Sample =>
        one.from === SICK ? { ...one, kind: 'hung', valueMs: atMs, deadlineMs: atMs / 2 } : one,
      );
    for (const atMs of [12_000, 24_000]) {
      const own = decided(killed(atMs), SICK);
      expect(own.workerFactor).toBeCloseTo((2 * atMs) / 5_500, 0);
      expect(decided(killed(atMs), 'w1').deadlineMs).toBeCloseTo(decided(runs(80)).deadlineMs, -3);
    }
  });

  it('moves no margin: its scores are those of no other worker (F44, F67)', () => {
    const scored = (sick: string[], lateSick = 0) => {
      const history = new StoredHistory(policy).add(runs(200));
      const decision = { ...decided(runs(200)), baseMs: QUICK_MS };
      for (const [nth, { valueMs, from }] of [
        ...runs(800, { sick }),
        ...runs(4 * lateSick, { sick: [SICK] }),
      ].entries()) {
        const attempt = ended(decision, { durationMs: valueMs, ...(from === undefined ? {} : { worker: from }) });
        const { rings } = observe(endedJob([attempt], { id: `job-${nth}`, nowMs: NOW_MS + nth, policy }));
        for (const { key, sample: text } of rings.filter(({ key: name }) => name.startsWith('score/')))
          history.push(key, text);
      }
      return decide(request(history, policy)).margin ?? 0;
    };
    expect(scored([SICK])).toBeCloseTo(scored([]), 2);
    // Also when it has only just become slow: a handful of its results is in each of the five rings.
    expect(scored([], 10)).toBeCloseTo(scored([]), 2);
  });
});

describe('nobody is taken for a slow worker', () => {
  it('when everything has become slower, on the same workers or on new ones', () => {
    const all = { sick: WORKERS, times: 10 };
    expect(slow([...runs(100), ...runs(60, all)])).toEqual([]);
    const names = ['n0', 'n1', 'n2', 'n3'];
    expect(slow([...runs(100), ...runs(60, { sick: names, names })])).toEqual([]);
  });

  it('when there are two, and each may be the odd one', () => {
    expect(slow(runs(100, { sick: ['w1'], names: ['w0', 'w1'] }))).toEqual([]);
  });

  it('when it is twice as slow, or slow now and then', () => {
    expect(slow(runs(100, { sick: [SICK], times: 2 }))).toEqual([]);
    const now = runs(100).map((one, nth) =>
      one.from === SICK && nth % 8 === 3 ? { ...one, valueMs: 20 * one.valueMs } : one,
    );
    expect(slow(now)).toEqual([]);
  });

  it('to any effect when work takes what it takes, long now and short then, wherever it runs', () => {
    let seed = 7;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    for (let world = 0; world < 60; world += 1) {
      const mixed = runs(200).map((one) => ({ ...one, valueMs: random() < 0.3 ? 60_000 : 3_000 }));
      // A few results may look like a stretch by chance; what is usual does not change with that.
      expect(slowWorkers(mixed).places.size).toBeLessThan(40);
      expect(decided(mixed).baseMs).toBeCloseTo(decided(anywhere(mixed)).baseMs ?? 0, 6);
    }
  });

  it('when results do not name where they ran', () => {
    expect(slow(anywhere(runs(100, { sick: [SICK] })))).toEqual([]);
  });
});
