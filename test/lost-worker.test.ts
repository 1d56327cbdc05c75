import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, type Job } from '@leeway/contract';
import { aliveWithMarker, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LOST_AFTER_MS = parsePolicy().supervision.lostAfterMs;

let stack: Stack | undefined;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-lost-'));
});
afterEach(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs until the test releases it. */
const work = () => [
  'node',
  '-e',
  "setInterval(() => require('fs').existsSync(process.argv[1]) && process.exit(console.log('done')), 50)",
  join(folder, 'released'),
];
const release = () => writeFileSync(join(folder, 'released'), '');
const processesOf = (jobs: readonly Job[]) => jobs.flatMap(({ id }) => aliveWithMarker(`LEEWAY_JOB=${id}`));

/** One worker with four running jobs, and a second worker that has none. */
async function oneBusyWorker(more: object = {}): Promise<{ stack: Stack; jobs: Job[] }> {
  const started = await startStack({ workers: 1 });
  stack = started;
  const jobs = await Promise.all(Array.from({ length: 4 }, () => started.run(work(), { attempts: 1, ...more })));
  for (const { id } of jobs) await started.waitJob(id, ({ state }) => state === 'running');
  await waitUntil(() => processesOf(jobs).length >= 4, { what: 'four commands' });
  await started.addWorker();
  return { stack: started, jobs };
}

/** At the first sight of a new command of a job nothing of its old one is left. */
async function expectOldGoneBeforeNew(jobs: readonly Job[], before: readonly number[]): Promise<void> {
  for (const job of jobs) {
    const seen = await waitUntil(() => newlySeen(job, before), { what: 'the new command of a job' });
    expect(seen.filter((pid) => before.includes(pid))).toEqual([]);
  }
}

/** All processes of a job, once there are some that were not there before. */
function newlySeen(job: Job, before: readonly number[]): number[] | undefined {
  const seen = processesOf([job]);
  return seen.some((pid) => !before.includes(pid)) ? seen : undefined;
}

describe('a worker that is killed with -9', () => {
  it('has its commands ended and its jobs run again elsewhere, once, without burning an attempt (F94)', async () => {
    const { stack: s, jobs } = await oneBusyWorker();
    const before = processesOf(jobs);
    await s.workers[0]?.kill9();
    for (const { id } of jobs) await s.waitJob(id, ({ attempts }) => attempts.length === 2, 6_000);
    await expectOldGoneBeforeNew(jobs, before);
    release();
    for (const { id } of jobs) {
      const ended = await s.waitFinal(id);
      expect(ended).toMatchObject({ state: 'succeeded', losses: 1, result: { stdout: 'done\n' } });
      expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
    }
  });

  it('ends the job where a second run is not wanted', async () => {
    const { stack: s, jobs } = await oneBusyWorker({ onWorkerLost: 'fail' });
    await s.workers[0]?.kill9();
    for (const { id } of jobs)
      expect(await s.waitFinal(id, 6_000)).toMatchObject({ state: 'failed', cause: 'worker_lost' });
    await waitUntil(() => processesOf(jobs).length === 0, { what: 'its commands to be gone' });
  });
});

describe('a worker that is stopped with SIGSTOP', () => {
  it('has its commands ended, its jobs run again elsewhere, and changes nothing when it comes back (F94, F95)', async () => {
    const { stack: s, jobs } = await oneBusyWorker();
    const frozen = s.workers[0];
    const before = processesOf(jobs);
    frozen?.stop();
    for (const { id } of jobs) await s.waitJob(id, ({ attempts }) => attempts.length === 2, 8_000);
    await expectOldGoneBeforeNew(jobs, before);
    frozen?.cont();
    release();
    for (const { id } of jobs) {
      const ended = await s.waitFinal(id);
      expect(ended).toMatchObject({ state: 'succeeded', losses: 1 });
      expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
    }
    // It works on: the next job may well be its own.
    expect((await s.waitFinal((await s.run(['true'])).id)).state).toBe('succeeded');
    expect(frozen?.isRunning()).toBe(true);
  });
});

describe('a worker that is told to stop', () => {
  it('lets short work finish, takes nothing new and exits with 0', async () => {
    const { stack: s, jobs } = await oneBusyWorker();
    const [stopping] = s.workers;
    const ending = stopping?.term();
    release();
    expect((await ending)?.code).toBe(0);
    for (const { id } of jobs) {
      const ended = await s.waitFinal(id);
      expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    }
  });

  it('vouches on for work that takes longer than a lost worker is missed: it runs once', async () => {
    const { stack: s, jobs } = await oneBusyWorker();
    const before = processesOf(jobs);
    const ending = s.workers[0]?.term();
    const toldAt = Date.now();
    await waitUntil(() => Date.now() > toldAt + 2 * LOST_AFTER_MS, { what: 'twice that time to pass' });
    for (const { id } of jobs)
      expect(await s.job(id)).toMatchObject({ state: 'running', losses: 0, attempts: [{ number: 1, endedAt: null }] });
    expect(processesOf(jobs)).toEqual(before);
    release();
    expect((await ending)?.code).toBe(0);
    for (const { id } of jobs)
      expect((await s.waitFinal(id)).attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  });

  it('hands on what does not finish in time, at once and without burning an attempt', async () => {
    const started = await startStack({ workers: 1, policy: { supervision: { drainMs: 300 } } });
    stack = started;
    const job = await started.run(work(), { attempts: 1 });
    await started.waitJob(job.id, ({ state }) => state === 'running');
    await started.addWorker();
    expect((await started.workers[0]?.term())?.code).toBe(0);
    release();
    const ended = await started.waitFinal(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', losses: 0 });
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['released', 'succeeded']);
  });
});
