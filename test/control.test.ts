import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@leeway/contract';
import {
  aliveWithMarker,
  createJobClient,
  freePorts,
  heldCommand,
  spawnNode,
  startStack,
  waitUntil,
  type HeldCommand,
  type JobClient,
  type Stack,
  type TestProcess,
} from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const API = fileURLToPath(new URL('../apps/api/dist/main.js', import.meta.url));
/** Of the first API only: the longest pause is that of the policy of the process that takes the request. */
const SHORT_PAUSE_MS = 1_000;
/** How long a worker that shuts down waits for running jobs. */
const DRAIN_MS = 60_000;
/** Time enough to reach the job with a request before it is over, on a busy machine too. */
const REACHABLE_MS = 5_000;
const OVERALL_MS = 6_000;

let folder: string;
/** Takes the submissions. */
let stack: Stack;
/** Another API process; it gets everything else. */
let other: JobClient;
let otherProcess: TestProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-control-'));
  stack = await startStack({
    policy: {
      limits: { maxPauseMs: SHORT_PAUSE_MS },
      worker: { concurrency: 20 },
      supervision: { graceMs: 1_000, drainMs: DRAIN_MS },
    },
  });
  const [port = 0] = await freePorts(1);
  otherProcess = spawnNode([API], { name: 'other api', env: { PORT: String(port), REDIS_URL: stack.redis.url } });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${url}/readyz`)).ok, { what: 'the other API' });
  other = createJobClient(url);
});
afterAll(async () => {
  await otherProcess?.end();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Submits a command that the test releases, and waits until it runs. */
async function running(more: object = {}): Promise<HeldCommand & { job: Job; id: string }> {
  const command = heldCommand(folder);
  const { id } = await stack.run(command.argv, { attempts: 1, ...more });
  const job = await stack.waitJob(id, ({ attempts }) => attempts.at(-1)?.deadlineAt != null);
  await waitUntil(() => processesOf(id).length > 0, { what: 'its process' });
  return { ...command, job, id };
}

const control = async (id: string, verb: string, client = other) =>
  (await client.request('POST', `/v1/jobs/${id}/${verb}`, {})).body;
const processesOf = (id: string) => aliveWithMarker(`LEEWAY_JOB=${id}`);
const deadlineOf = (job: Job) => Date.parse(job.attempts.at(-1)?.deadlineAt ?? '');

function isStopped(pid: number): boolean {
  return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The events of an ended job, in order. */
async function eventsOf(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { body } = await other.request('GET', `/v1/jobs/${id}/events`);
  return (body as string)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}

describe.concurrent('a running command, controlled through another API than it was submitted to', () => {
  it('is stopped while it is paused, its clocks too, and is resumed with the time it had left (F86)', async () => {
    const { id, job, release } = await running({ timeoutMs: REACHABLE_MS });
    const [first, atOnce] = await Promise.all([control(id, 'pause'), control(id, 'pause')]);
    for (const reply of [first, atOnce]) expect(reply).toMatchObject({ done: 'paused', job: { state: 'paused' } });
    expect(await control(id, 'pause')).toMatchObject({ done: 'already' });
    const pids = processesOf(id);
    expect(pids.length).toBeGreaterThan(0);
    // The system stops a process when it next runs.
    await waitUntil(() => pids.every(isStopped), { what: 'all of them to be stopped' });

    await waitUntil(() => Date.now() > deadlineOf(job) + 500, { what: 'the deadline it would have had' });
    expect(await other.job(id)).toMatchObject({
      state: 'paused',
      attempts: [{ endedAt: null, heartbeatAt: expect.any(String) }],
    });
    expect(processesOf(id)).toEqual(pids);

    const resumed = await control(id, 'resume');
    expect(resumed).toMatchObject({ done: 'resumed', job: { state: 'running' } });
    expect(deadlineOf(resumed.job)).toBeGreaterThan(Date.now());
    release();
    expect(await other.waitFinal(id)).toMatchObject({ state: 'succeeded', result: { stdout: 'done\n' } });
    const events = (await eventsOf(id)).filter(({ type }) => type === 'paused' || type === 'resumed');
    expect(events.map(({ type }) => type)).toEqual(['paused', 'resumed']);
    expect(events[1]?.data).toMatchObject({ deadlineAt: expect.any(Number) });
  });

  it('ends with everything it has started when it is cancelled while it is paused (F86, F87)', async () => {
    const { id } = await running();
    await control(id, 'pause');
    expect(await control(id, 'cancel')).toMatchObject({
      done: 'cancelled',
      job: { state: 'cancelled', cause: 'cancelled' },
    });
    expect(processesOf(id)).toEqual([]);
    for (const verb of ['cancel', 'pause', 'resume'])
      expect((await control(id, verb)).done).toBe(verb === 'cancel' ? 'already' : 'too_late');
  });

  it('ends when completeBy passes, also while it is paused (F86)', async () => {
    const { id } = await running({ completeBy: new Date(Date.now() + 4_000).toISOString() });
    expect((await control(id, 'pause')).done).toBe('paused');
    expect(await other.waitFinal(id)).toMatchObject({ state: 'failed', cause: 'complete_by' });
    expect(processesOf(id)).toEqual([]);
  });

  it('is resumed by itself after the longest pause that the policy allows', async () => {
    const { id, release } = await running();
    expect((await control(id, 'pause', stack)).done).toBe('paused');
    await other.waitJob(id, ({ state }) => state === 'running');
    await waitUntil(() => processesOf(id).every((pid) => !isStopped(pid)), { what: 'its processes to run again' });
    release();
    expect((await other.waitFinal(id)).state).toBe('succeeded');
  });

  it('ends at a shorter limit that it is given (F97)', async () => {
    const { id } = await running({ timeoutMs: 60_000 });
    const { status, body } = await other.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 300 });
    expect({ status, done: body.done }).toEqual({ status: 200, done: 'changed' });
    expect(await other.waitFinal(id)).toMatchObject({ state: 'failed', cause: 'deadline', error: { limitMs: 300 } });
    expect(processesOf(id)).toEqual([]);
    expect((await other.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 400 })).body.done).toBe('too_late');
  });

  it('has a second attempt under a longer overall limit that it is given, where the old one left no time for it (F97)', async () => {
    const file = join(folder, 'fails');
    const fails = 'while ! test -e "$0"; do sleep 0.05; done; exit 1';
    const { id } = await stack.run(['sh', '-c', fails, file], { attempts: 2, limits: { overallMs: OVERALL_MS } });
    const job = await stack.waitJob(id, ({ attempts }) => attempts.at(-1)?.deadlineAt != null);
    const { body } = await other.request('PATCH', `/v1/jobs/${id}`, { limits: { overallMs: 120_000 } });
    expect(body.done).toBe('changed');
    // Under the old limit a second attempt would have had less than it takes to start one.
    await waitUntil(() => Date.now() > deadlineOf(job) - 500, { what: 'the overall limit it would have had' });
    writeFileSync(file, '');
    const ended = await other.waitFinal(id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect(ended).toMatchObject({ state: 'failed', cause: 'error' });
  });

  it('runs on under a longer limit that it is given, and an event has its new deadline (F97)', async () => {
    const { id, job, release } = await running({ timeoutMs: REACHABLE_MS });
    const { body } = await other.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 60_000, limits: { idleMs: 50_000 } });
    expect(body).toMatchObject({ done: 'changed', job: { decision: { deadlineMs: 60_000, idleMs: 50_000 } } });
    await waitUntil(() => Date.now() > deadlineOf(job) + 500, { what: 'the deadline it would have had' });
    expect((await other.job(id)).state).toBe('running');
    release();
    expect((await other.waitFinal(id)).state).toBe('succeeded');
    const extended = (await eventsOf(id)).filter(({ type }) => type === 'extended');
    expect(extended).toEqual([
      expect.objectContaining({ data: expect.objectContaining({ deadlineAt: deadlineOf(body.job) }) }),
    ]);
  });
});

describe('many jobs at once', () => {
  it('end only where they were cancelled, each once (F86)', async () => {
    const commands = Array.from({ length: 30 }, () => heldCommand(folder));
    const jobs = await Promise.all(commands.map(({ argv }) => stack.run(argv, { attempts: 1 })));
    await stack.waitJob(jobs[0]?.id ?? '', ({ state }) => state === 'running');
    const asked = jobs.filter((_, i) => i % 2 === 1);
    // Twice each, through both processes at the same time.
    const replies = await Promise.all(asked.flatMap(({ id }) => [control(id, 'cancel'), control(id, 'cancel', stack)]));
    expect(replies.filter(({ done }) => !['cancelled', 'killed', 'already'].includes(done))).toEqual([]);
    for (const { release } of commands) release();
    for (const [i, { id }] of jobs.entries()) {
      const ended = await other.waitFinal(id);
      expect(ended.state).toBe(i % 2 === 1 ? 'cancelled' : 'succeeded');
      expect(ended.attempts.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(i % 2 === 1 ? 0 : 1);
      expect((await eventsOf(id)).filter(({ type }) => type === 'finished')).toHaveLength(1);
    }
  });

  it('end as in the reply to their cancel, also when it comes at the moment of their end (F86)', async () => {
    const jobs = await Promise.all(Array.from({ length: 10 }, () => stack.run(['sleep', '0.4'], { attempts: 1 })));
    await Promise.all(
      jobs.map(async ({ id }, i) => {
        const job = await stack.waitJob(id, ({ startedAt }) => startedAt !== null);
        const cancelAt = Date.parse(job.startedAt ?? '') + 300 + i * 20;
        await waitUntil(() => Date.now() >= cancelAt, { what: 'the moment', everyMs: 2 });
        const { done } = await control(id, 'cancel');
        expect(['cancelled', 'killed', 'too_late']).toContain(done);
        const { state } = await other.waitFinal(id);
        expect(state).toBe(done === 'too_late' ? 'succeeded' : 'cancelled');
      }),
    );
    for (const { id } of jobs) expect((await eventsOf(id)).filter(({ type }) => type === 'finished')).toHaveLength(1);
  });

  it('are all paused however early they were asked to, and all resumed (F86)', async () => {
    const commands = Array.from({ length: 12 }, () => heldCommand(folder));
    const ids = await Promise.all(
      commands.map(async ({ argv }) => {
        const { id } = await stack.run(argv, { attempts: 1 });
        expect(['paused', 'requested']).toContain((await control(id, 'pause')).done);
        return id;
      }),
    );
    for (const { release } of commands) release();
    for (const id of ids) await other.waitJob(id, ({ state }) => state === 'paused');
    await Promise.all(ids.map((id) => control(id, 'resume')));
    for (const id of ids) expect((await other.waitFinal(id)).state).toBe('succeeded');
  });
});

describe('a failed job', () => {
  it('gets new attempts under its own id when it is retried (F86)', async () => {
    const file = join(folder, 'repaired');
    const job = await stack.run(['sh', '-c', 'test -e "$0"', file], { attempts: 1 });
    expect((await stack.waitFinal(job.id)).state).toBe('failed');
    expect((await control(job.id, 'pause')).done).toBe('too_late');
    writeFileSync(file, '');
    expect(await control(job.id, 'retry')).toMatchObject({ done: 'retried', job: { id: job.id, error: null } });
    const ended = await other.waitFinal(job.id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    expect((await other.request('POST', `/v1/jobs/${job.id}/retry`, {})).status).toBe(409);
  });
});

describe('a paused job', () => {
  it('stays paused when its worker dies, and runs elsewhere once it is resumed (F86, F94)', async () => {
    const { id, release } = await running();
    expect((await control(id, 'pause')).done).toBe('paused');
    await Promise.all([stack.addWorker(), stack.workers[0]?.kill9()]);
    await other.waitJob(id, ({ losses }) => losses === 1);
    expect(await other.job(id)).toMatchObject({ state: 'paused', attempts: [{ outcome: 'lost' }] });
    await waitUntil(() => processesOf(id).length === 0, { what: 'its processes to be gone' });
    release();
    expect(await control(id, 'resume')).toMatchObject({ done: 'resumed' });
    const ended = await other.waitFinal(id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
  });

  it('does not keep its worker from shutting down, stays paused, and runs elsewhere once it is resumed (F86)', async () => {
    const { id, release } = await running();
    expect((await control(id, 'pause')).done).toBe('paused');
    const old = stack.workers.filter((worker) => worker.isRunning());
    await stack.addWorker();
    const startedAt = performance.now();
    for (const worker of old) expect((await worker.term()).code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(DRAIN_MS);
    expect(await other.job(id)).toMatchObject({ state: 'paused', losses: 0, attempts: [{ outcome: 'released' }] });
    release();
    expect(await control(id, 'resume')).toMatchObject({ done: 'resumed' });
    const ended = await other.waitFinal(id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['released', 'succeeded']);
  });
});
