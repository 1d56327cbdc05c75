import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job, JobEvent, ProgressReport } from '@leeway/contract';
import {
  aliveWithMarker,
  startFakeProvider,
  startStack,
  waitUntil,
  type FakeProvider,
  type Stack,
} from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const AGENT = fileURLToPath(new URL('stream/scripted-agent.mjs', import.meta.url));
/** Every silence of the agents is longer; a busy machine starts a process within it. */
const IDLE_MS = 1_500;
const SILENT_MS = 2 * IDLE_MS;

/** What a chat may take before anything is known of it. */
const CHAT_MS = 4_000;

let folder: string;
let provider: FakeProvider;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-stream-'));
  const handlers = join(folder, 'handlers.mjs');
  writeFileSync(
    handlers,
    `
    import { setTimeout as sleep } from 'node:timers/promises';
    async function asks(input, { output, waiting, phase, progress }) {
      output('may I?');
      waiting(true, 'a person');
      await sleep(${SILENT_MS});
      waiting(false);
      phase();
      progress({ done: 1, of: 2 });
      return 'allowed';
    }
    async function waits(input, { signal }) {
      await sleep(86_400_000, undefined, { signal }).catch(() => {});
    }
    export const handlers = { asks, 'asks-alone': { isolated: true, run: asks }, waits };
    `,
  );
  provider = await startFakeProvider();
  stack = await startStack({
    env: { LEEWAY_HANDLERS: handlers },
    policy: {
      supervision: { progressEveryMs: 1_000, graceMs: 500 },
      commands: { lateExitMs: 3_000 },
      providers: { local: { baseUrl: provider.baseUrl } },
      kinds: { chat: { priorMs: CHAT_MS, maxMs: 60_000, firstOutputMs: 30_000, idleMs: 15_000 } },
      monitor: { patienceMs: 1_000 },
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(steps: string[], more: object = {}): Promise<Job> {
  const input = { argv: ['node', AGENT, ...steps], format: 'stream-json' };
  return stack.submit({ kind: 'command', input, attempts: 1, ...more });
}
const run = async (steps: string[], more?: object) => stack.waitFinal((await start(steps, more)).id);

/** The events of a job that has ended. */
async function eventsOf({ id }: Pick<Job, 'id'>): Promise<Pick<JobEvent, 'type' | 'data'>[]> {
  const { body } = await stack.request('GET', `/v1/jobs/${id}/events`);
  return (body as string).split('\n\n').flatMap((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    return data === undefined ? [] : [JSON.parse(data) as JobEvent];
  });
}
const typesOf = async (job: Job) => (await eventsOf(job)).map(({ type }) => type);
const output = async ({ id }: Job) =>
  (await stack.request('GET', `/v1/jobs/${id}/output`)).body.chunks.map(({ text }: { text: string }) => text).join('');

describe.concurrent('an agent on the command line', () => {
  it('has its text stored as output, and its final message in the result', async () => {
    const job = await run(['system', 'think=Where is it?', 'text=Here it is.', 'result']);
    expect(job).toMatchObject({
      state: 'succeeded',
      result: { exitCode: 0, agent: { text: 'All done.', turns: 2, usage: { output_tokens: 9 }, failed: false } },
    });
    expect(await output(job)).toBe('Here it is.\n');
  });

  it('is ended by the first-output limit while its events carry no text (F78)', async () => {
    const limits = { firstOutputMs: IDLE_MS };
    expect(await run(['system', 'text=', 'think=', 'linger'], { limits })).toMatchObject({ cause: 'first_output' });
  });

  it('may run a silent tool for longer than its idle limit (F77)', async () => {
    const limits = { idleMs: IDLE_MS };
    const silent = `sleep=${SILENT_MS}`;
    const [tool, silence] = await Promise.all([
      run(['text=I build.', 'tool=t1', silent, 'returns=t1', 'result'], { limits }),
      run(['text=I build.', silent, 'result'], { limits }),
    ]);
    expect(tool).toMatchObject({ state: 'succeeded' });
    expect(silence).toMatchObject({ state: 'failed', cause: 'idle' });
  });

  it('has failed when it reports an error, whatever its exit code (F83)', async () => {
    expect(await run(['text=I try.', 'error'])).toMatchObject({
      state: 'failed',
      cause: 'error',
      error: { code: 'agent_failed' },
      result: { exitCode: 0 },
    });
  });

  it('reports the phases that it names as events and on its attempt (F106)', async () => {
    const job = await run(['text=a', 'phase', 'text=b', 'phase=final synthesis', 'result']);
    const phases = (await eventsOf(job)).filter(({ type }) => type === 'phase').map(({ data }) => data);
    expect(phases).toMatchObject([
      { name: 'initial response', number: 1, of: 5 },
      { name: 'deeper analysis', number: 2 },
      { name: 'final synthesis', number: 5 },
    ]);
    expect(job.attempts[0]?.phase).toEqual(phases[2]);
  });
});

describe.concurrent('an agent that has reported its result', () => {
  it('is ended when it lingers, with all its processes, and has succeeded (F88)', async () => {
    const job = await run(['text=Done.', 'result', 'linger']);
    expect(job).toMatchObject({ state: 'succeeded', cause: null, result: { lateExit: true, signal: 'SIGTERM' } });
    expect(await typesOf(job)).toContain('marker');
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${job.id}`).length === 0, { what: 'its processes to be gone' });
  });

  it('has succeeded also when its deadline comes first (F88)', async () => {
    const job = await run(['text=Done.', 'result', 'linger'], { timeoutMs: 2_500 });
    expect(job).toMatchObject({ state: 'succeeded', result: { lateExit: true } });
    expect(job.attempts[0]?.durationMs).toBeGreaterThanOrEqual(2_500);
  });

  it('may be a plain command that prints the line its job names (F88)', async () => {
    const argv = ['node', '-e', 'console.log("ALL DONE"); setInterval(() => {}, 1000)'];
    const job = await stack.submit({ kind: 'command', input: { argv, doneMarker: 'ALL DONE' }, attempts: 1 });
    expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'succeeded', result: { lateExit: true } });
  });
});

describe.concurrent('a job that waits for a person', () => {
  const limits = { idleMs: IDLE_MS };

  it('has its clocks paused and its lease renewed, and shows what it waits for (F77, F97)', async () => {
    const steps = ['text=May I?', 'waiting=approval of the deploy', `sleep=${2 * SILENT_MS}`, 'text=Thanks.', 'result'];
    const { id } = await start(steps, { limits });
    const waits = await stack.waitJob(id, ({ attempts }) => attempts[0]?.waiting?.reason === 'approval of the deploy');
    expect(waits.state).toBe('running');
    const before = Date.parse(waits.attempts[0]?.heartbeatAt ?? '');
    await stack.waitJob(id, ({ attempts }) => Date.parse(attempts[0]?.heartbeatAt ?? '') > before);
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ state: 'succeeded', attempts: [{ waiting: null }] });
    const events = await eventsOf(ended);
    const resumed = events.find(({ type }) => type === 'resumed')?.data as { pausedMs: number; deadlineAt: number };
    expect(resumed).toMatchObject({ why: 'answered' });
    expect(resumed.pausedMs).toBeGreaterThan(SILENT_MS);
    expect(Date.parse(ended.attempts[0]?.deadlineAt ?? '') - Date.parse(waits.attempts[0]?.deadlineAt ?? '')).toBe(
      resumed.pausedMs,
    );
  });

  it.each(['asks', 'asks-alone'])('may run a handler of the user: %s (F77, F106)', async (kind) => {
    const { id } = await stack.submit({ kind, input: {}, limits, attempts: 1 });
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({
      state: 'succeeded',
      result: 'allowed',
      progress: { value: { done: 1, of: 2 }, percent: 50, percentIs: 'reported', phase: { number: 2 } },
    });
    expect(await typesOf(ended)).toEqual(expect.arrayContaining(['waiting', 'resumed', 'phase']));
  });
});

describe.concurrent('an agent that repeats itself', () => {
  it('is ended with the cause stuck, and the job shows what was repeated (F112, F115)', async () => {
    const job = await run(['loop']);
    expect(job).toMatchObject({
      state: 'failed',
      cause: 'stuck',
      error: {
        code: 'stuck',
        setBy: 'the policy (monitor)',
        message: expect.stringContaining('its text repeats itself'),
      },
      attempts: [{ outcome: 'stopped', cause: 'stuck', monitor: { stuck: { what: 'repeated_text' }, advice: 'stop' } }],
    });
    expect(aliveWithMarker(`LEEWAY_JOB=${job.id}`)).toEqual([]);
  });

  it('runs until its deadline where the monitor is switched off (F112)', async () => {
    const job = await run(['loop'], { monitor: false, timeoutMs: 6_000 });
    expect(job).toMatchObject({ cause: 'deadline', attempts: [{ monitor: null }] });
  });

  it('runs until its deadline as a plain command, since healthy programs repeat themselves (F115)', async () => {
    const argv = ['node', AGENT, 'loop'];
    const job = await stack.submit({ kind: 'command', input: { argv }, timeoutMs: 6_000, attempts: 1 });
    expect(await stack.waitFinal(job.id)).toMatchObject({
      cause: 'deadline',
      attempts: [{ monitor: { stuck: { what: 'repeated_text' } } }],
    });
  });
});

describe.concurrent('the answer of a model', () => {
  const ask = async (model: string, more: { fake?: object; [field: string]: unknown } = {}) => {
    const { fake = {}, ...fields } = more;
    const input = { model, messages: [{ role: 'user', content: 'Hello' }], params: { fake } };
    return stack.waitFinal((await stack.submit({ kind: 'chat', input, attempts: 1, ...fields })).id);
  };

  it('gets more time when it brings something new at its deadline, and an event names who gave it (F97, F116)', async () => {
    const job = await ask('steady', { fake: { tokens: 180, tokenMs: 25 } });
    expect(job).toMatchObject({ state: 'succeeded', attempts: [{ monitor: { extensions: expect.any(Number) } }] });
    expect(job.attempts[0]?.durationMs).toBeGreaterThan(CHAT_MS);
    const [extended] = (await eventsOf(job)).filter(({ type }) => type === 'extended');
    expect(extended?.data).toMatchObject({
      by: 'monitor',
      deadlineMs: 1.25 * CHAT_MS,
      deadlineAt: expect.any(Number),
      reason: expect.stringContaining('something new'),
    });
  });

  it('is ended with the cause stuck when it repeats itself, and its text is kept (F89, F115)', async () => {
    const job = await ask('endless', { fake: { tokenMs: 1 }, timeoutMs: 30_000 });
    expect(job).toMatchObject({ state: 'failed', cause: 'stuck', result: { text: expect.stringMatching(/^A queue/) } });
  });
});

describe.concurrent('progress', () => {
  it('is reported again and again while a handler only waits, and the job shows the newest report (F156)', async () => {
    const job = await stack.submit({ kind: 'waits', input: {}, timeoutMs: 6_000, attempts: 1 });
    const running = await stack.waitJob(job.id, ({ progress }) => (progress?.elapsedMs ?? 0) > 2_000);
    expect(running.progress).toMatchObject({ value: null, deadlineMs: 6_000, notice: { what: 'silent' } });
    const ended = await stack.waitFinal(job.id);
    const reports = (await eventsOf(ended)).filter(({ type }) => type === 'progress');
    const elapsed = reports.map(({ data }) => (data as ProgressReport).elapsedMs);
    expect(elapsed.length).toBeGreaterThanOrEqual(4);
    expect(elapsed).toEqual(elapsed.toSorted((a, b) => a - b));
  });
});
