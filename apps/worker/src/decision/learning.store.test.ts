import type { Decision } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLearningBench, type LearningBench, type LearningWorker } from '../../testing/learning/learning-bench.js';

const PRIOR_MS = 600_000;
const HOUR_MS = 3_600_000;

let bench: LearningBench;
let worker: LearningWorker;
beforeEach(async () => {
  bench = await startLearningBench();
  worker = bench.another('w1');
});
afterEach(() => bench.stop());

async function runMany(count: number, run: { tenant: string; durationMs: number }): Promise<void> {
  for (let i = 0; i < count; i += 1) await worker.run({ ...run, durationMs: run.durationMs * (1 + i / 100) });
}
const decides = async (by: LearningWorker, tenant: string) => (await by.claim({ tenant })).decision;
/** A decision without its sentence. */
const figures = ({ sentence: _sentence, ...rest }: Decision) => rest;

describe('equal histories', () => {
  it('give equal decisions on different workers, whichever worker wrote them (E14, F52)', async () => {
    const workers = ['a', 'b', 'c'].map((name) => bench.another(name));
    await Promise.all(
      workers.map(async (each, i) => {
        for (let n = 0; n < 20; n += 1) await each.run({ tenant: 'acme', durationMs: 3_000 + 100 * n + i });
      }),
    );
    const decisions = await Promise.all(workers.map((each) => decides(each, 'acme')));
    expect(decisions[0]).toMatchObject({ basis: 'history', samples: 60 });
    for (const decision of decisions) expect(figures(decision)).toEqual(figures(decisions[0] as Decision));
  });
});

describe('a lost history', () => {
  it('brings the wide default back until a few runs have been observed again (G7)', async () => {
    await runMany(20, { tenant: 'acme', durationMs: 3_000 });
    const before = await decides(worker, 'acme');
    expect(before.deadlineMs).toBeLessThan(20_000);
    await forgetRings();
    expect(await decides(worker, 'acme')).toMatchObject({ basis: 'prior', deadlineMs: PRIOR_MS });
    await runMany(20, { tenant: 'acme', durationMs: 3_000 });
    expect((await decides(worker, 'acme')).deadlineMs).toBe(before.deadlineMs);
  });

  it('that cannot be read brings static limits, and attempts are still settled (G7)', async () => {
    await runMany(20, { tenant: 'acme', durationMs: 3_000 });
    await poisonRings();
    expect(await worker.run({ tenant: 'acme', durationMs: 3_000 })).toMatchObject({
      basis: 'static',
      deadlineMs: PRIOR_MS,
    });
    // The settling above has replaced what was broken.
    expect(await decides(worker, 'acme')).toMatchObject({ samples: 0 });
  });
});

describe('two tenants', () => {
  it('do not affect each other: jobs that sleep an hour do not lengthen the deadlines of another tenant (G7)', async () => {
    await runMany(30, { tenant: 'acme', durationMs: 3_000 });
    const before = await decides(worker, 'acme');
    await runMany(60, { tenant: 'sleepy', durationMs: HOUR_MS });
    expect((await decides(worker, 'sleepy')).deadlineMs).toBeGreaterThan(HOUR_MS);
    expect(figures(await decides(worker, 'acme'))).toEqual(figures(before));
  });

  it('do not affect each other: a new tenant sees the durations of others, and has the wide default as its deadline (G7)', async () => {
    await runMany(60, { tenant: 'sleepy', durationMs: HOUR_MS });
    const decision = await decides(worker, 'newcomer');
    expect(decision.deadlineMs).toBe(PRIOR_MS);
    expect(decision.expectedMs).toBeGreaterThan(HOUR_MS / 2);
    await runMany(5, { tenant: 'newcomer', durationMs: 3_000 });
    const own = await decides(worker, 'newcomer');
    expect(own.deadlineMs).toBeLessThan(PRIOR_MS);
    expect(own.expectedMs).toBeLessThan(5_000);
  });
});

async function ringKeys(): Promise<string[]> {
  return (await bench.raw.keys('{leeway}:ring:*')).sort();
}

async function forgetRings(): Promise<void> {
  await bench.raw.del(...(await ringKeys()));
}

async function poisonRings(): Promise<void> {
  for (const key of await ringKeys()) await bench.raw.set(key, 'poison');
}
