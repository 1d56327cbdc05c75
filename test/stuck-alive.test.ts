import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, WorkerInfo } from '@leeway/contract';
import { aliveWithMarker, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STUCK_HANDLERS } from './stuck-alive/handlers.js';

const CONCURRENCY = 3;
const GRACE_MS = 200;
const OUTPUT_BYTES = 64 * 1024;
/** What a supervisor may take beyond deadline and grace; far less on a machine that has nothing else to do. */
const SETTLED_WITHIN_MS = 4_000;

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-stuck-'));
  const path = join(folder, 'handlers.mjs');
  writeFileSync(path, STUCK_HANDLERS);
  stack = await startStack({
    env: { LEEWAY_HANDLERS: path },
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

/** Nothing else of the worker was hurt: it runs the next job, at its first attempt. */
async function expectWorkerWell(): Promise<void> {
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
    await expectWorkerWell();
  });

  it('is no longer counted once it has ended after all', async () => {
    const before = (await worker()).abandoned;
    await run('slowToStop', { timeoutMs: 200 });
    await waitUntil(async () => (await worker()).abandoned === before + 1, { what: 'it to be counted' });
    await waitUntil(async () => (await worker()).abandoned === before, { what: 'it to have ended' });
  });

  it('cannot be paused in the process of the worker: 409 (F86)', async () => {
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
  it('is ended by the idle clock that its job asked for, and not while it shows activity (F95)', async () => {
    const limits = { idleMs: 600 };
    expect(await run('silent', { limits })).toMatchObject({ state: 'failed', cause: 'idle', error: { limitMs: 600 } });
    expect(await run('active', { limits })).toMatchObject({ state: 'succeeded', result: 'worked on' });
  });
});

describe('whatever a handler returns or throws, its job ends and its worker does not', () => {
  it.each([
    ['throwsAtOnce', 'handler_failed', 'at once'],
    ['throwsNull', 'handler_failed', 'the handler threw null'],
    ['throwsStrange', 'handler_failed', 'the handler threw'],
    ['throwsHostile', 'handler_failed', 'something that cannot be read'],
    ['returnsBigint', 'result_not_json', 'BigInt'],
    ['returnsCircle', 'result_not_json', 'circular'],
    ['returnsFunction', 'result_not_json', 'a function'],
    ['returnsTooMuch', 'result_too_large', 'are allowed (retention.resultBytes)'],
    ['reportsCircle', 'not_json', 'the progress value is not a JSON value'],
  ])('%s', async (kind, code, words) => {
    const ended = await run(kind);
    expect(ended).toMatchObject({ state: 'failed', cause: 'error', losses: 0, error: { code } });
    expect(ended.error?.message).toContain(words);
    await expectWorkerWell();
  });
});

describe('a handler that says too much', () => {
  it('is not heard after its end (F81)', async () => {
    const job = await run('speaksLater');
    expect(job).toMatchObject({ state: 'succeeded', result: 'done', progress: { value: 'in time' } });
    const { deadlineAt } = job.attempts[0] ?? {};
    // It goes on for a while; the job that follows is run by the same worker.
    await run('waits', { input: { ms: 600 } });
    expect(await stack.job(job.id)).toMatchObject({
      state: 'succeeded',
      result: 'done',
      progress: { value: 'in time' },
      attempts: [{ deadlineAt }],
    });
    expect((await stack.request('GET', `/v1/jobs/${job.id}/output`)).body.chunks).toEqual([]);
  });

  it('is kept to the size that is stored (F81)', async () => {
    const job = await run('floods');
    expect(job.state).toBe('succeeded');
    const { body } = await stack.request('GET', `/v1/jobs/${job.id}/output`);
    const kept = body.chunks.reduce((sum: number, { text }: { text: string }) => sum + text.length, 0);
    expect(kept).toBeLessThanOrEqual(OUTPUT_BYTES);
    expect(body.truncated).toBe(true);
    await expectWorkerWell();
  });
});

describe('a main loop that is blocked for two seconds', () => {
  it('is put up with: nothing is handed on (F95)', async () => {
    const bystander = await stack.run(['sleep', '3'], { attempts: 1 });
    await stack.waitJob(bystander.id, ({ state }) => state === 'running');
    expect(await run('blocksFor', { input: { ms: 2_000 } })).toMatchObject({ state: 'succeeded', losses: 0 });
    expect(await stack.waitFinal(bystander.id)).toMatchObject({
      state: 'succeeded',
      losses: 0,
      attempts: [{ number: 1 }],
    });
  });
});

describe('an isolated handler', () => {
  const processesOf = ({ id }: Pick<Job, 'id'>) => aliveWithMarker(`LEEWAY_JOB=${id}`);

  it('is really ended in a busy loop, at its deadline, and nothing is abandoned (F96)', async () => {
    const before = (await worker()).abandoned;
    const ended = await run('spins', { timeoutMs: 1_500 });
    expect(ended).toMatchObject({ state: 'failed', cause: 'deadline', losses: 0 });
    expect(processesOf(ended)).toEqual([]);
    expect((await worker()).abandoned).toBe(before);
    await expectWorkerWell();
  });

  it.each([
    ['exits', 'process_exited'],
    ['crashes', 'process_killed'],
    ['swallows', 'out_of_memory'],
    ['throwsInTimer', 'uncaught_exception'],
  ])('%s: only its attempt ends (F96)', async (kind, code) => {
    expect(await run(kind)).toMatchObject({ state: 'failed', cause: 'error', losses: 0, error: { code } });
    await expectWorkerWell();
  });

  it('can be paused, and goes on (F86)', async () => {
    const job = await start('ticks');
    await stack.waitJob(job.id, ({ progress }) => progress !== null);
    expect((await stack.request('POST', `/v1/jobs/${job.id}/pause`, {})).body.done).toBe('paused');
    const stands = (pid: number) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await waitUntil(() => processesOf(job).every(stands), { what: 'its process to stand still' });
    expect((await stack.request('POST', `/v1/jobs/${job.id}/resume`, {})).body.done).toBe('resumed');
    expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'succeeded', result: 'ticked' });
  });
});
