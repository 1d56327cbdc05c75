import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';

const WORKERS = 2;
const JOBS = 60;

let folder: string;
let stack: Stack | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-rolling-'));
});
afterEach(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('a rolling restart of all workers under load runs nothing twice and loses nothing (F94)', async () => {
  const s = (stack = await startStack({ workers: WORKERS, policy: { worker: { concurrency: 4 } } }));
  const runsOf = (i: number) => join(folder, `runs-${i}`);
  const jobs = await Promise.all(
    Array.from({ length: JOBS }, (_, i) => s.run(['sh', '-c', 'echo run >> "$0"; sleep 0.5', runsOf(i)])),
  );
  for (const old of s.workers.slice(0, WORKERS)) {
    await s.addWorker();
    expect((await old.term()).code).toBe(0);
  }
  for (const [i, { id }] of jobs.entries()) {
    expect(await s.waitFinal(id)).toMatchObject({
      state: 'succeeded',
      losses: 0,
      attempts: [{ outcome: 'succeeded' }],
    });
    expect(readFileSync(runsOf(i), 'utf8')).toBe('run\n');
  }
  const used = new Set((await Promise.all(jobs.map(({ id }) => s.job(id)))).map(({ attempts }) => attempts[0]?.worker));
  expect(used.size).toBeGreaterThan(WORKERS);
});
