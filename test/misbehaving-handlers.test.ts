import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job, WorkerInfo } from '@leeway/contract';
import { aliveWithMarker, heldCommand, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HANDLERS = fileURLToPath(new URL('misbehaving-handlers.mjs', import.meta.url));
const CONCURRENCY = 3;
const GRACE_MS = 200;
const OUTPUT_BYTES = 64 * 1024;
/** Allowed beyond deadline and grace; far less on a machine that has nothing else to do. */
const SETTLED_WITHIN_MS = 4_000;

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-misbehaving-'));
  stack = await startStack({
    env: { LEEWAY_HANDLERS: HANDLERS },
    policy: {
      worker: { concurrency: CONCURRENCY, isolatedMemoryMb: 64 },
      supervision: { graceMs: GRACE_MS, maxAbandoned: 100 },
      retention: { outputBytes: OUTPUT_BYTES },
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = (kind: string, more: object = {}) => stack.submit({ kind, input: {}, attempts: 1, ...more });
const run = async (kind: string, more: object = {}) => stack.waitFinal((await start(kind, more)).id);

async function worker(): Promise<WorkerInfo> {
  const { body } = await stack.request('GET', '/v1/workers');
  return body.workers[0];
}

/** The worker still runs jobs, the next one at its first attempt. */
async function expectHealthyWorker(): Promise<void> {
  const next = await run('well');
  expect(next).toMatchObject({ state: 'succeeded', losses: 0, result: 'well' });
  expect(stack.workers[0]?.isRunning()).toBe(true);
}

describe('a handler that never settles', () => {
  it('ends at its deadline, is counted as abandoned, and its slot is free again (F81, F94)', async () => {
    const before = (await worker()).abandoned;
    const jobs = await Promise.all(Array.from({ length: 2 * CONCURRENCY }, () => start('never', { timeoutMs: 300 })));
    for (const { id } of jobs) {
      const ended = await stack.waitFinal(id);
      expect(ended).toMatchObject({
        state: 'failed',
        cause: 'deadline',
        error: { message: expect.stringContaining('ignored its abort') },
      });
      expect(ended.attempts[0]?.durationMs).toBeLessThan(300 + GRACE_MS + SETTLED_WITHIN_MS);
    }
    await waitUntil(async () => (await worker()).abandoned === before + jobs.length, { what: 'them to be counted' });
    for (const { id } of jobs) {
      const warning = new RegExp(`"level":"warn".*"event":"handler_abandoned","attempt":"${id}\\.1"`);
      expect(stack.workers[0]?.lines.some((line) => warning.test(line))).toBe(true);
    }
    await expectHealthyWorker();
  });

  it('is no longer counted as abandoned once it has settled after all', async () => {
    const before = (await worker()).abandoned;
    const file = join(folder, 'stop');
    await run('ignoresAbort', { input: { file }, timeoutMs: 200 });
    await waitUntil(async () => (await worker()).abandoned === before + 1, { what: 'it to be counted' });
    writeFileSync(file, '');
    await waitUntil(async () => (await worker()).abandoned === before, { what: 'it to have settled' });
  });

  it('cannot be paused, since it runs in the process of its worker: the API answers 409 (F86)', async () => {
    const { id } = await start('never', { timeoutMs: 2_000 });
    await stack.waitJob(id, ({ state }) => state === 'running');
    expect(await stack.request('POST', `/v1/jobs/${id}/pause`, {})).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect((await stack.request('POST', `/v1/jobs/${id}/cancel`, {})).body).toMatchObject({ done: 'cancelled' });
  });
});

describe('a handler that is silent', () => {
  it('is ended by the idle limit of its job, and is not while it reports activity (F95)', async () => {
    const limits = { idleMs: 1_000 };
    expect(await run('silent', { limits })).toMatchObject({
      state: 'failed',
      cause: 'idle',
      error: { limitMs: 1_000 },
    });
    expect(await run('active', { limits })).toMatchObject({ state: 'succeeded', result: 'worked on' });
  });
});

describe('a handler that returns or throws something that cannot be stored', () => {
  it.each([
    ['throwsAtOnce', 'handler_failed', 'at once'],
    ['throwsNull', 'handler_failed', 'the handler threw null'],
    ['throwsStrange', 'handler_failed', 'the handler threw'],
    ['throwsHostile', 'handler_failed', 'a value that cannot be read'],
    ['returnsBigint', 'result_not_json', 'BigInt'],
    ['returnsCircle', 'result_not_json', 'circular'],
    ['returnsFunction', 'result_not_json', 'a function'],
    ['returnsTooMuch', 'result_too_large', 'are allowed (retention.resultBytes)'],
    ['reportsCircle', 'not_json', 'the progress value is not a JSON value'],
  ])('fails its job and leaves its worker running: %s', async (kind, code, message) => {
    const ended = await run(kind);
    expect(ended).toMatchObject({ state: 'failed', cause: 'error', losses: 0, error: { code } });
    expect(ended.error?.message).toContain(message);
    await expectHealthyWorker();
  });
});

describe('a handler that writes too much', () => {
  it('changes nothing of its job after it has returned (F81)', async () => {
    const job = await run('writesAfterReturn');
    expect(job).toMatchObject({ state: 'succeeded', result: 'done', progress: { value: 'in time' } });
    const { deadlineAt } = job.attempts[0] ?? {};
    // It writes on for half a second; the next job runs on the same worker.
    await run('waits', { input: { ms: 600 } });
    expect(await stack.job(job.id)).toMatchObject({
      state: 'succeeded',
      result: 'done',
      progress: { value: 'in time' },
      attempts: [{ deadlineAt }],
    });
    expect((await stack.request('GET', `/v1/jobs/${job.id}/output`)).body.chunks).toEqual([]);
  });

  it('has its output cut to the size that the policy stores (F81)', async () => {
    const job = await run('floods');
    expect(job.state).toBe('succeeded');
    const { body } = await stack.request('GET', `/v1/jobs/${job.id}/output`);
    const kept = body.chunks.reduce((sum: number, { text }: { text: string }) => sum + text.length, 0);
    expect(kept).toBeLessThanOrEqual(OUTPUT_BYTES);
    expect(body.truncated).toBe(true);
    await expectHealthyWorker();
  });
});

describe('a main loop that is blocked for two seconds', () => {
  it('costs no job its attempt (F95)', async () => {
    const held = heldCommand(folder);
    const bystander = await stack.run(held.argv, { attempts: 1 });
    await stack.waitJob(bystander.id, ({ state }) => state === 'running');
    expect(await run('blocksFor', { input: { ms: 2_000 } })).toMatchObject({ state: 'succeeded', losses: 0 });
    held.release();
    expect(await stack.waitFinal(bystander.id)).toMatchObject({
      state: 'succeeded',
      losses: 0,
      attempts: [{ number: 1 }],
    });
  });
});

describe('an isolated handler', () => {
  const processesOf = ({ id }: Pick<Job, 'id'>) => aliveWithMarker(`LEEWAY_JOB=${id}`);

  it('is killed at its deadline in the middle of a busy loop, and is not counted as abandoned (F96)', async () => {
    const before = (await worker()).abandoned;
    const ended = await run('isolatedBlocks', { timeoutMs: 1_500 });
    expect(ended).toMatchObject({ state: 'failed', cause: 'deadline', losses: 0 });
    expect(processesOf(ended)).toEqual([]);
    expect((await worker()).abandoned).toBe(before);
    await expectHealthyWorker();
  });

  it.each([
    ['isolatedExits', 'process_exited'],
    ['isolatedCrashes', 'process_killed'],
    ['isolatedTakesAllMemory', 'out_of_memory'],
    ['isolatedThrowsInTimer', 'uncaught_exception'],
  ])('ends only its own attempt, whatever it does to its process: %s (F96)', async (kind, code) => {
    expect(await run(kind)).toMatchObject({ state: 'failed', cause: 'error', losses: 0, error: { code } });
    await expectHealthyWorker();
  });

  it('can be paused and resumed (F86)', async () => {
    const job = await start('isolatedTicks');
    await stack.waitJob(job.id, ({ progress }) => progress !== null);
    expect((await stack.request('POST', `/v1/jobs/${job.id}/pause`, {})).body.done).toBe('paused');
    const isStopped = (pid: number) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await waitUntil(() => processesOf(job).every(isStopped), { what: 'its process to be stopped' });
    expect((await stack.request('POST', `/v1/jobs/${job.id}/resume`, {})).body.done).toBe('resumed');
    expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'succeeded', result: 'ticked' });
  });
});
