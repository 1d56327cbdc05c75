import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@leeway/contract';
import {
  aliveWithMarker,
  createJobClient,
  freePorts,
  spawnNode,
  startStack,
  waitUntil,
  type JobClient,
  type Stack,
  type TestProcess,
} from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const API = fileURLToPath(new URL('../apps/api/dist/main.js', import.meta.url));
/** Of the first API only: a pause is bounded by the policy of the process that was asked for it. */
const SHORT_PAUSE_MS = 1_000;
/** What a worker that shuts down gives to work that can end. */
const DRAIN_MS = 60_000;

let folder: string;
/** Takes the submissions. */
let stack: Stack;
/** Another API process; it gets everything else. */
let other: JobClient;
let otherProcess: TestProcess;
let files = 0;

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

/** A command with a child process that ends when the test says so. */
interface Held {
  argv: string[];
  release: () => void;
}

function held(): Held {
  const file = join(folder, `released-${(files += 1)}`);
  const wait = 'while ! test -e "$0"; do sleep 0.05; done; echo done';
  return { argv: ['sh', '-c', wait, file], release: () => writeFileSync(file, '') };
}

/** Submits one and waits until it runs. */
async function running(more: object = {}): Promise<Held & { job: Job; id: string }> {
  const command = held();
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

/** What the stream of an ended job says, in order. */
async function eventsOf(id: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const { body } = await other.request('GET', `/v1/jobs/${id}/events`);
  return (body as string)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}

describe('a running command, controlled through another API than it was submitted to', () => {
  it('stands still while it is paused, its clocks too, and goes on with the time it had left (F86)', async () => {
    const { id, job, release } = await running({ timeoutMs: 3_000 });
    const [first, atOnce] = await Promise.all([control(id, 'pause'), control(id, 'pause')]);
    for (const reply of [first, atOnce]) expect(reply).toMatchObject({ done: 'paused', job: { state: 'paused' } });
    expect(await control(id, 'pause')).toMatchObject({ done: 'already' });
    const pids = processesOf(id);
    expect(pids.length).toBeGreaterThan(0);
    // The system stops a process when it next runs.
    await waitUntil(() => pids.every(isStopped), { what: 'all of them to stand still' });

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
    const told = (await eventsOf(id)).filter(({ type }) => type === 'paused' || type === 'resumed');
    expect(told.map(({ type }) => type)).toEqual(['paused', 'resumed']);
    expect(told[1]?.data).toMatchObject({ deadlineAt: expect.any(Number) });
  });

  it('ends with everything it started when it is cancelled while it stands still (F86, F87)', async () => {
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

  it('ends when completeBy passes, paused or not (F86)', async () => {
    const { id } = await running({ completeBy: new Date(Date.now() + 4_000).toISOString() });
    expect((await control(id, 'pause')).done).toBe('paused');
    expect(await other.waitFinal(id)).toMatchObject({ state: 'failed', cause: 'complete_by' });
    expect(processesOf(id)).toEqual([]);
  });

  it('goes on by itself after the longest pause', async () => {
    const { id, release } = await running();
    expect((await control(id, 'pause', stack)).done).toBe('paused');
    await other.waitJob(id, ({ state }) => state === 'running');
    await waitUntil(() => processesOf(id).every((pid) => !isStopped(pid)), { what: 'its processes to go on' });
    release();
    expect((await other.waitFinal(id)).state).toBe('succeeded');
  });

  it('ends by a shorter limit (F97)', async () => {
    const { id } = await running({ timeoutMs: 60_000 });
    const { status, body } = await other.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 300 });
    expect({ status, done: body.done }).toEqual({ status: 200, done: 'changed' });
    expect(await other.waitFinal(id)).toMatchObject({ state: 'failed', cause: 'deadline', error: { limitMs: 300 } });
    expect(processesOf(id)).toEqual([]);
    expect((await other.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 400 })).body.done).toBe('too_late');
  });

  it('is tried again under a longer overall limit, although the old one has no room for that (F97)', async () => {
    const file = join(folder, 'fails');
    const fails = 'while ! test -e "$0"; do sleep 0.05; done; exit 1';
    const { id } = await stack.run(['sh', '-c', fails, file], { attempts: 2, limits: { overallMs: 10_000 } });
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

  it('lives under a longer limit, and those who follow it are told until when (F97)', async () => {
    const { id, job, release } = await running({ timeoutMs: 3_000 });
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

describe('many at once', () => {
  it('ends only those jobs that were cancelled, each once (F86)', async () => {
    const commands = Array.from({ length: 30 }, held);
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

  it('says of a cancel at the moment of the end what really happened, and that stays (F86)', async () => {
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

  it('stands still however early it was asked to, and none of them is forgotten (F86)', async () => {
    const commands = Array.from({ length: 12 }, held);
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
  it('is tried again under its own id, with new attempts (F86)', async () => {
    const file = join(folder, 'mended');
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

describe('a pause', () => {
  it('outlives the worker: the process ends with it, the job waits for its resume (F86, F94)', async () => {
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

  it('does not hold up a worker that shuts down: the job stays paused and goes on elsewhere (F86)', async () => {
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
