import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, type Job } from '@leeway/contract';
import {
  aliveWithMarker,
  heldCommand,
  startStack,
  waitUntil,
  type HeldCommand,
  type Stack,
  type TestProcess,
} from '@leeway/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const LOST_AFTER_MS = parsePolicy().supervision.lostAfterMs;

let folder: string;
/** Has no worker but those of the current test. */
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-lost-'));
  stack = await startStack({ workers: 0 });
});
afterEach(() => Promise.all(stack.workers.map((worker) => worker.end())));
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const processesOf = (jobs: readonly Job[]) => jobs.flatMap(({ id }) => aliveWithMarker(`LEEWAY_JOB=${id}`));
const outcomes = ({ attempts }: Job) => attempts.map(({ outcome }) => outcome);

interface BusyWorker {
  busy: TestProcess;
  jobs: Job[];
  held: HeldCommand;
}

/** A worker with four running jobs, and a second worker that has none. */
async function busyWorker(more: object = {}): Promise<BusyWorker> {
  const held = heldCommand(folder);
  const busy = await stack.addWorker();
  const jobs = await Promise.all(Array.from({ length: 4 }, () => stack.run(held.argv, { attempts: 1, ...more })));
  for (const { id } of jobs) await stack.waitJob(id, ({ state }) => state === 'running');
  await waitUntil(() => jobs.every((job) => processesOf([job]).length === 2), { what: 'four commands' });
  await stack.addWorker();
  return { busy, jobs, held };
}

/** When the first process of a job's next attempt is seen, no process of the one before is left. */
async function expectOldGoneBeforeNew(jobs: readonly Job[], before: readonly number[]): Promise<void> {
  for (const job of jobs) {
    const seen = await waitUntil(() => processesWithNew(job, before), { what: 'the new command of a job' });
    expect(seen.filter((pid) => before.includes(pid))).toEqual([]);
  }
}

/** All processes of a job, once there are some that were not there before. */
function processesWithNew(job: Job, before: readonly number[]): number[] | undefined {
  const seen = processesOf([job]);
  return seen.some((pid) => !before.includes(pid)) ? seen : undefined;
}

describe('a worker that is killed with -9', () => {
  it('has its commands ended and its jobs run again elsewhere, once, at no cost of their attempts (F94)', async () => {
    const { busy, jobs, held } = await busyWorker();
    const before = processesOf(jobs);
    await busy.kill9();
    for (const { id } of jobs) await stack.waitJob(id, ({ attempts }) => attempts.length === 2, 6_000);
    await expectOldGoneBeforeNew(jobs, before);
    held.release();
    for (const { id } of jobs) {
      const ended = await stack.waitFinal(id);
      expect(ended).toMatchObject({ state: 'succeeded', losses: 1, result: { stdout: 'done\n' } });
      expect(outcomes(ended)).toEqual(['lost', 'succeeded']);
    }
  });

  it('has its jobs fail, and their commands ended, where a second run is not wanted', async () => {
    const { busy, jobs } = await busyWorker({ onWorkerLost: 'fail' });
    await busy.kill9();
    for (const { id } of jobs)
      expect(await stack.waitFinal(id, 6_000)).toMatchObject({ state: 'failed', cause: 'worker_lost' });
    await waitUntil(() => processesOf(jobs).length === 0, { what: 'its commands to be gone' });
  });
});

describe('a worker that is stopped with SIGSTOP', () => {
  it('has its commands ended and its jobs run again elsewhere, and changes nothing when it continues (F94, F95)', async () => {
    const { busy: frozen, jobs, held } = await busyWorker();
    const before = processesOf(jobs);
    frozen.stop();
    for (const { id } of jobs) await stack.waitJob(id, ({ attempts }) => attempts.length === 2, 8_000);
    await expectOldGoneBeforeNew(jobs, before);
    frozen.cont();
    held.release();
    for (const { id } of jobs) {
      const ended = await stack.waitFinal(id);
      expect(ended).toMatchObject({ state: 'succeeded', losses: 1 });
      expect(outcomes(ended)).toEqual(['lost', 'succeeded']);
    }
    // It takes jobs again; this one may well be its own.
    expect((await stack.waitFinal((await stack.run(['true'])).id)).state).toBe('succeeded');
    expect(frozen.isRunning()).toBe(true);
  });
});

describe('a worker that receives SIGTERM', () => {
  it('lets short work finish, takes nothing new and exits with 0', async () => {
    const { busy, jobs, held } = await busyWorker();
    const ending = busy.term();
    held.release();
    expect((await ending).code).toBe(0);
    for (const { id } of jobs) expect(outcomes(await stack.waitFinal(id))).toEqual(['succeeded']);
  });

  it('renews the leases of work that takes longer than a lease lasts: it runs once', async () => {
    const { busy, jobs, held } = await busyWorker();
    const before = processesOf(jobs);
    const ending = busy.term();
    const askedAt = Date.now();
    await waitUntil(() => Date.now() > askedAt + 2 * LOST_AFTER_MS, { what: 'twice that time to pass' });
    for (const { id } of jobs)
      expect(await stack.job(id)).toMatchObject({
        ...{ state: 'running', losses: 0 },
        attempts: [{ number: 1, endedAt: null }],
      });
    expect(processesOf(jobs)).toEqual(before);
    held.release();
    expect((await ending).code).toBe(0);
    for (const { id } of jobs) expect(outcomes(await stack.waitFinal(id))).toEqual(['succeeded']);
  });

  it('releases what does not finish in time: it runs elsewhere at once, at no cost of its attempts', async () => {
    const policy = join(folder, 'short-drain.json');
    writeFileSync(policy, JSON.stringify({ supervision: { drainMs: 300 } }));
    const held = heldCommand(folder);
    const stopping = await stack.addWorker({ LEEWAY_POLICY: policy });
    const job = await stack.run(held.argv, { attempts: 1 });
    await stack.waitJob(job.id, ({ state }) => state === 'running');
    await stack.addWorker();
    expect((await stopping.term()).code).toBe(0);
    held.release();
    const ended = await stack.waitFinal(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', losses: 0 });
    expect(outcomes(ended)).toEqual(['released', 'succeeded']);
  });
});
