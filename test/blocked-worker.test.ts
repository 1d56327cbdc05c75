import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  aliveWithMarker,
  createJobClient,
  freePorts,
  spawnNode,
  startStack,
  waitUntil,
  type Stack,
  type TestProcess,
} from '@leeway/testkit';
import type { Job } from '@leeway/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { STUCK_HANDLERS } from './stuck-alive/handlers.js';

const START = fileURLToPath(new URL('../bin/run.mjs', import.meta.url));
/** The heartbeat thread lets the main loop stand for five seconds by default. */
const NOTICED_WITHIN_MS = 15_000;
/** Well beyond the window of the heartbeat, and below what a worker survives. */
const HELD_MS = 3_500;
const EXIT_WORN_OUT = 75;

let folder: string;
let env: { LEEWAY_HANDLERS: string };
let stack: Stack | undefined;
let started: TestProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-blocked-'));
  env = { LEEWAY_HANDLERS: join(folder, 'handlers.mjs') };
  writeFileSync(env.LEEWAY_HANDLERS, STUCK_HANDLERS);
});
afterEach(async () => {
  await stack?.stop();
  await started?.term();
  stack = started = undefined;
  rmSync(folder, { recursive: true, force: true });
});

it('a worker whose main loop is blocked for ever ends itself, its jobs run elsewhere, and the culprit ends (F94, F96)', async () => {
  const s = (stack = await startStack({ env, policy: { limits: { maxLosses: 1 } } }));
  const file = join(folder, 'released');
  const bystander = await s.run(['sh', '-c', 'while ! test -e "$0"; do sleep 0.05; done', file], { attempts: 1 });
  await s.waitJob(bystander.id, ({ state }) => state === 'running');
  const culprit = await s.submit({ kind: 'blocks', input: {}, timeoutMs: 600_000 });
  await s.waitJob(culprit.id, ({ state }) => state === 'running');
  writeFileSync(file, '');
  // One that cannot run the culprit, so that the bystander does not meet it again.
  await s.addWorker({ LEEWAY_HANDLERS: '' });
  expect((await s.workers[0]?.ended)?.signal).toBe('SIGKILL');
  expect(await s.waitFinal(bystander.id)).toMatchObject({ state: 'succeeded', losses: 0 });

  const second = await s.addWorker();
  const ended = await s.waitFinal(culprit.id, 2 * NOTICED_WITHIN_MS);
  expect(ended).toMatchObject({ state: 'failed', cause: 'worker_lost', losses: 2, error: { code: 'worker_lost' } });
  expect(ended.error?.message).toMatch(
    /the main loop of its worker was held for \d+ ms in block \(file:.*handlers\.mjs:\d+\)/,
  );
  expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'lost']);
  expect((await second.ended).signal).toBe('SIGKILL');
  expect((await s.waitFinal((await s.run(['true'])).id)).state).toBe('succeeded');
});

it('a job that is opened in the moment in which the main loop is held stays where it is (F74, F94)', async () => {
  const s = (stack = await startStack({ env }));
  await s.addWorker({ LEEWAY_HANDLERS: '' });
  const job = await s.submit({ kind: 'well', input: {}, delayMs: 3_000 });
  const holder = await s.submit({ kind: 'blocksAfterSending', input: { word: job.id, ms: HELD_MS } });
  await s.waitJob(holder.id, ({ state }) => state === 'running');
  const ended = await s.waitFinal(job.id);
  expect(await s.waitFinal(holder.id)).toMatchObject({ result: 'went on' });
  expect(ended).toMatchObject({ state: 'succeeded', losses: 0, attempts: [{ outcome: 'succeeded' }] });
  const { startedAt = '', endedAt } = ended.attempts[0] ?? {};
  expect(Date.parse(endedAt ?? '') - Date.parse(startedAt), 'it was opened at that moment').toBeGreaterThan(
    HELD_MS / 2,
  );
});

it.each([
  ['blocksLater', 'the main loop of its worker was held'],
  ['throwsUncaught', 'nobody catches this'],
])(
  'jobs that share their worker with %s are not charged with its end, also where they share its main loop (F94)',
  async (kind, words) => {
    const maxLosses = 2;
    const s = (stack = await startStack({ env, policy: { limits: { maxLosses, isolateAfterLosses: 0 } } }));
    const command = await s.run(['sleep', '60'], { attempts: 1 });
    const handler = await s.submit({ kind: 'waits', input: { ms: 60_000 }, attempts: 1 });
    for (const { id } of [command, handler]) await s.waitJob(id, ({ state }) => state === 'running');
    const culprit = await s.submit({ kind, input: {}, timeoutMs: 600_000 });
    for (let i = 0; i <= maxLosses; i += 1) {
      await s.workers.at(-1)?.ended;
      await s.addWorker();
    }
    const ended = await s.waitFinal(culprit.id, (maxLosses + 1) * NOTICED_WITHIN_MS);
    expect(ended).toMatchObject({ state: 'failed', cause: 'worker_lost', losses: maxLosses + 1 });
    expect(ended.error?.message).toContain(words);
    await s.waitJob(handler.id, ({ state }) => state === 'running');
    const lost = ({ attempts }: Job) => attempts.filter(({ outcome }) => outcome === 'lost').length;
    const [ofCommand, ofHandler] = await Promise.all([s.job(command.id), s.job(handler.id)]);
    expect([lost(ofCommand), lost(ofHandler)]).toEqual([maxLosses + 1, maxLosses + 1]);
    expect(ofCommand.losses).toBe(0);
    // The first time nobody knew whose code it was; from then on handlers that share the loop are told apart.
    expect(ofHandler.losses).toBeLessThan(maxLosses + 1);
  },
);

it('a job that has ended two workers without a word runs alone the third time, and those beside it live on (F94)', async () => {
  const s = (stack = await startStack({ env, policy: { limits: { maxLosses: 2 } } }));
  const handler = await s.submit({ kind: 'waits', input: { ms: 60_000 }, attempts: 1 });
  const command = await s.run(['sleep', '60'], { attempts: 1 });
  const beside = [handler, command];
  for (const { id } of beside) await s.waitJob(id, ({ state }) => state === 'running');
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

it('a handler that calls process.exit fails, and its worker goes on', async () => {
  const s = (stack = await startStack({ env }));
  const job = await s.submit({ kind: 'callsExit', input: {}, attempts: 1 });
  const ended = await s.waitFinal(job.id);
  expect(ended).toMatchObject({ state: 'failed', cause: 'error', losses: 0 });
  expect(ended.error?.message).toContain('process.exit(7) was called in a worker');
  expect(s.workers[0]?.isRunning()).toBe(true);
});

it('a worker with too many abandoned handlers lets the others finish and exits with 75', async () => {
  const s = (stack = await startStack({ env, policy: { supervision: { graceMs: 100, maxAbandoned: 2 } } }));
  const healthy = await s.run(['sleep', '2.5'], { attempts: 1 });
  await s.waitJob(healthy.id, ({ state }) => state === 'running');
  for (let i = 0; i < 2; i += 1) await s.submit({ kind: 'never', input: {}, timeoutMs: 200, attempts: 1 });
  expect((await s.workers[0]?.ended)?.code).toBe(EXIT_WORN_OUT);
  expect(await s.job(healthy.id)).toMatchObject({ state: 'succeeded', attempts: [{ outcome: 'succeeded' }] });
});

it('commands that take long to be ended wear no worker out: nothing of them is left in it (F82)', async () => {
  const s = (stack = await startStack({ policy: { supervision: { graceMs: 100, maxAbandoned: 1 } } }));
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

it('npm start replaces a worn-out worker', async () => {
  const [port = 0, dashboard = 0] = await freePorts(2);
  const policy = join(folder, 'leeway.policy.json');
  writeFileSync(policy, JSON.stringify({ supervision: { graceMs: 100, maxAbandoned: 1 } }));
  started = spawnNode([START, 'start'], {
    name: 'npm start',
    env: {
      ...{ ...env, LEEWAY_POLICY: policy, LEEWAY_DATA: join(folder, 'data'), LEEWAY_WORKERS: '1' },
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
