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
  type Stack,
  type TestProcess,
} from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const START = fileURLToPath(new URL('../bin/run.mjs', import.meta.url));
const HANDLERS = fileURLToPath(new URL('misbehaving-handlers.mjs', import.meta.url));
const ENV = { LEEWAY_HANDLERS: HANDLERS };
/** Knows no kind but `command`, so it cannot run what has killed another worker. */
const COMMANDS_ONLY = { LEEWAY_HANDLERS: '' };
/** A shorter limit for the main loop than the default of five seconds. */
const LOOP = { loopFrozenMs: 2_000 };
const NOTICED_WITHIN_MS = 15_000;
/** Longer than an attempt lives without a renewed lease, shorter than the main loop may be blocked. */
const BLOCKED_MS = 3_500;
const EXIT_WORN_OUT = 75;

let folder: string;
let stack: Stack | undefined;
let started: TestProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-blocked-'));
});
afterEach(async () => {
  await stack?.stop();
  await started?.term();
  stack = started = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const start = async (policy: object) => (stack = await startStack({ env: ENV, policy }));
const isRunning = ({ state }: Job) => state === 'running';

describe('a worker whose main loop a handler blocks for ever', () => {
  it('kills itself: its other jobs run elsewhere, and the job that blocks it fails in the end (F94, F96)', async () => {
    const s = await start({ limits: { maxLosses: 1 }, supervision: LOOP });
    const held = heldCommand(folder);
    const bystander = await s.run(held.argv, { attempts: 1 });
    await s.waitJob(bystander.id, isRunning);
    const culprit = await s.submit({ kind: 'blocks', input: {}, timeoutMs: 600_000 });
    await s.waitJob(culprit.id, isRunning);
    held.release();
    await s.addWorker(COMMANDS_ONLY);
    expect((await s.workers[0]?.ended)?.signal).toBe('SIGKILL');
    expect(await s.waitFinal(bystander.id)).toMatchObject({ state: 'succeeded', losses: 0 });

    const second = await s.addWorker();
    const ended = await s.waitFinal(culprit.id, 2 * NOTICED_WITHIN_MS);
    expect(ended).toMatchObject({ state: 'failed', cause: 'worker_lost', losses: 2, error: { code: 'worker_lost' } });
    expect(ended.error?.message).toMatch(
      /the main loop of its worker was blocked for \d+ ms in block \(file:.*handlers\.mjs:\d+\)/,
    );
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'lost']);
    expect((await second.ended).signal).toBe('SIGKILL');
    expect((await s.waitFinal((await s.run(['true'])).id)).state).toBe('succeeded');
  });
});

describe('a worker whose main loop a handler blocks for a while', () => {
  it('keeps an attempt that it opens in that very moment (F74, F94)', async () => {
    const s = await start({});
    await s.addWorker(COMMANDS_ONLY);
    // "claim" is part of the call that opens an attempt.
    const blocking = await s.submit({ kind: 'blocksAfterSending', input: { word: 'claim', ms: BLOCKED_MS } });
    await s.waitJob(blocking.id, ({ progress }) => progress?.value === 'armed');
    const job = await s.submit({ kind: 'well', input: {} });
    const ended = await s.waitFinal(job.id);
    expect(await s.waitFinal(blocking.id)).toMatchObject({ result: 'unblocked' });
    expect(ended).toMatchObject({ state: 'succeeded', losses: 0, attempts: [{ outcome: 'succeeded' }] });
    const { startedAt = '', endedAt } = ended.attempts[0] ?? {};
    expect(Date.parse(endedAt ?? '') - Date.parse(startedAt), 'the attempt was open meanwhile').toBeGreaterThan(
      BLOCKED_MS / 2,
    );
  });
});

describe('jobs beside a handler that ends its workers', () => {
  it.each([
    ['blocking the main loop', 'blocksLater', 'the main loop of its worker was blocked'],
    ['an error that nobody catches', 'throwsUncaught', 'nobody catches this'],
  ])(
    'are not charged with the losses that it causes by %s, also where they share its main loop (F94)',
    async (_, kind, message) => {
      const maxLosses = 1;
      const s = await start({ limits: { maxLosses, isolateAfterLosses: 0 }, supervision: LOOP });
      const command = await s.run(['sleep', '60'], { attempts: 1 });
      const handler = await s.submit({ kind: 'waits', input: { ms: 60_000 }, attempts: 1 });
      for (const { id } of [command, handler]) await s.waitJob(id, isRunning);
      const culprit = await s.submit({ kind, input: {}, timeoutMs: 600_000 });
      for (let i = 0; i <= maxLosses; i += 1) {
        await s.workers.at(-1)?.ended;
        await s.addWorker();
      }
      const ended = await s.waitFinal(culprit.id, (maxLosses + 1) * NOTICED_WITHIN_MS);
      expect(ended).toMatchObject({ state: 'failed', cause: 'worker_lost', losses: maxLosses + 1 });
      expect(ended.error?.message).toContain(message);
      await s.waitJob(handler.id, isRunning);
      const lost = ({ attempts }: Job) => attempts.filter(({ outcome }) => outcome === 'lost').length;
      const [ofCommand, ofHandler] = await Promise.all([s.job(command.id), s.job(handler.id)]);
      expect([lost(ofCommand), lost(ofHandler)]).toEqual([maxLosses + 1, maxLosses + 1]);
      expect(ofCommand.losses).toBe(0);
      // The first time it is not known whose code it was; from then on handlers that share the loop are distinguished.
      expect(ofHandler.losses).toBeLessThan(maxLosses + 1);
    },
  );

  it('survive its third attempt, which has a process of its own after two workers died without a known cause (F94)', async () => {
    const s = await start({ limits: { maxLosses: 2 } });
    const handler = await s.submit({ kind: 'waits', input: { ms: 60_000 }, attempts: 1 });
    const command = await s.run(['sleep', '60'], { attempts: 1 });
    const beside = [handler, command];
    for (const { id } of beside) await s.waitJob(id, isRunning);
    const culprit = await s.submit({ kind: 'endsWorker', input: {}, attempts: 1 });
    for (let ended = 0; ended < 2; ended += 1) {
      expect((await s.workers.at(-1)?.ended)?.signal).toBe('SIGKILL');
      await s.addWorker();
    }
    expect(await s.waitFinal(culprit.id)).toMatchObject({
      ...{ state: 'failed', cause: 'error', losses: 2 },
      error: { code: 'process_killed' },
    });
    for (const { id } of beside) {
      expect(await s.waitJob(id, ({ state, losses }) => state === 'running' && losses === 2)).toBeTruthy();
    }
    expect(s.workers.at(-1)?.isRunning()).toBe(true);
  });
});

describe('a handler that calls process.exit', () => {
  it('fails, and its worker keeps running', async () => {
    const s = await start({});
    const job = await s.submit({ kind: 'callsExit', input: {}, attempts: 1 });
    const ended = await s.waitFinal(job.id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'error', losses: 0 });
    expect(ended.error?.message).toContain('process.exit(7) was called in a worker');
    expect(s.workers[0]?.isRunning()).toBe(true);
  });
});

describe('a worker with too many handlers that ignored their abort', () => {
  it('lets its other jobs finish and exits with code 75', async () => {
    const s = await start({ supervision: { graceMs: 100, maxAbandoned: 2 } });
    const held = heldCommand(folder);
    const healthy = await s.run(held.argv, { attempts: 1 });
    await s.waitJob(healthy.id, isRunning);
    for (let i = 0; i < 2; i += 1) await s.submit({ kind: 'never', input: {}, timeoutMs: 200, attempts: 1 });
    await s.workers[0]?.waitForLine('"event":"worn_out"');
    held.release();
    expect((await s.workers[0]?.ended)?.code).toBe(EXIT_WORN_OUT);
    expect(await s.job(healthy.id)).toMatchObject({ state: 'succeeded', attempts: [{ outcome: 'succeeded' }] });
  });

  it('is replaced by npm start', async () => {
    const [port = 0, dashboard = 0] = await freePorts(2);
    const policy = join(folder, 'leeway.policy.json');
    writeFileSync(policy, JSON.stringify({ supervision: { graceMs: 100, maxAbandoned: 1 } }));
    started = spawnNode([START, 'start'], {
      name: 'npm start',
      env: {
        ...{ ...ENV, LEEWAY_POLICY: policy, LEEWAY_DATA: join(folder, 'data'), LEEWAY_WORKERS: '1' },
        ...{ PORT: String(port), DASHBOARD_PORT: String(dashboard) },
      },
    });
    await started.waitForLine('Leeway is ready', 90_000);
    const client = createJobClient(`http://127.0.0.1:${port}`);
    await client.submit({ kind: 'never', input: {}, timeoutMs: 200, attempts: 1 });
    await started.waitForLine(`worker-1 ended (code ${EXIT_WORN_OUT}); starting it again`, NOTICED_WITHIN_MS);
    const next = await client.submit({ kind: 'well', input: {} });
    expect((await client.waitFinal(next.id)).result).toBe('well');
    await waitUntil(async () => (await client.request('GET', '/v1/workers')).body.workers.length === 1, {
      what: 'one worker to be shown',
    });
  });
});

describe('commands that take long to be killed', () => {
  it('do not count as handlers that ignored their abort: nothing of them stays in the worker (F82)', async () => {
    const s = await start({ supervision: { graceMs: 100, maxAbandoned: 1 } });
    const [worker] = s.workers;
    const job = await s.run(['sleep', '60'], { attempts: 1 });
    await s.waitJob(job.id, ({ attempts }) => attempts.at(-1)?.deadlineAt != null);
    const processes = () => aliveWithMarker(`LEEWAY_JOB=${job.id}`);
    await waitUntil(() => processes().length > 0, { what: 'its process' });
    const leash = Number(readFileSync(`/proc/${worker?.pid}/task/${worker?.pid}/children`, 'utf8').trim());
    process.kill(leash, 'SIGSTOP');
    const { body } = await s.request('POST', `/v1/jobs/${job.id}/cancel`, {});
    expect(body).toMatchObject({ done: 'cancelled', job: { state: 'cancelled' } });
    await waitUntil(() => processes().length === 0, { what: 'its process to be gone' });
    expect((await s.waitFinal((await s.run(['true'])).id)).state).toBe('succeeded');
    expect(worker?.isRunning()).toBe(true);
    expect(worker?.lines.join('\n')).not.toContain('worn_out');
  });
});
