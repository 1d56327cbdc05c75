import { type HandlerError, forbidsRetry } from '@leeway/supervision';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { aliveWithMarker, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAlive, leashPidOf } from '../../../testing/command/mortals.js';
import { startTestLeash, testContext, type TestContext, type TestLeash } from '../../../testing/command/test-leash.js';
import { createIsolatedHandler } from './isolated-handler.js';
import { ISOLATION_CODES } from './isolation-error.js';

vi.setConfig({ testTimeout: 20_000 });

const MODULE = `
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
const isolated = (run) => ({ isolated: true, run });

export const handlers = {
  echo: isolated((input, { jobId, attempt, lastCheckpoint, deadline }) => ({ input, jobId, attempt, lastCheckpoint, hasDeadline: deadline > 0, pid: process.pid })),
  reports: isolated((input, { output, progress, checkpoint, activity, tool, log }) => {
    console.log('printed');
    output('written');
    output(Buffer.from('bytes'));
    progress({ at: 1 });
    checkpoint('here');
    tool(true);
    tool(false);
    log.info({ error: new Error('logged') }, 'a line');
  }),
  extends: isolated(async (input, context) => {
    const before = context.deadline;
    return { granted: context.extend(500), moved: context.deadline - before };
  }),
  polite: isolated(async (input, { signal, output }) => {
    output('started');
    await sleep(60_000, undefined, { signal }).catch(() => {});
    return { because: signal.reason.cause };
  }),
  obeys: isolated(async (input, { signal, output }) => {
    output('started');
    await sleep(60_000, undefined, { signal });
  }),
  family: isolated(async () => {
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    console.log('started');
    await sleep(60_000);
  }),
  leaves: isolated(() => {
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    setInterval(() => {}, 1000);
    return 'done';
  }),
  busy: isolated(() => { for (;;); }),
  counts: isolated(async (input, { output }) => { for (;;) { output('.'); await sleep(20); } }),
  exits: isolated(() => process.exit(7)),
  crashes: isolated(() => process.abort()),
  swallows: isolated(() => { const all = []; for (;;) all.push(new Array(1e5).fill({})); }),
  callback: isolated(() => new Promise(() => setTimeout(() => { throw new Error('in a timer'); }, 10))),
  rejects: isolated(() => { void Promise.reject(Object.assign(new Error('nobody waits'), { code: 'lost_one' })); return new Promise(() => {}); }),
  throws: isolated(() => { throw Object.assign(new Error('no such customer'), { retry: false, code: 'no_customer' }); }),
  waits: isolated(() => { throw Object.assign(new Error('busy'), { retryAfterMs: 700 }); }),
  null: isolated(() => { throw null; }),
  bigint: isolated(() => 1n),
  large: isolated(() => 'x'.repeat(1e6)),
  floods: isolated((input, { output, progress, checkpoint }) => {
    for (let i = 0; i < 20_000; i += 1) { output('x'.repeat(1000)); progress(i); checkpoint({ i }); }
    return process.memoryUsage().rss;
  }),
};
`;

let folder: string;
let leash: TestLeash;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-isolated-'));
  writeFileSync(join(folder, 'handlers.mjs'), MODULE);
  leash = startTestLeash();
  await leash.ready();
});
afterAll(async () => {
  await leash.close();
  rmSync(folder, { recursive: true });
});

const LIMITS = { maxValueBytes: 10_000, maxOutputBytes: 50_000 };
const env = { ...process.env, LEEWAY_TEST_SECRET: 'passed on' };

function start(
  kind: string,
  { context = testContext(), input = {} as unknown, file = join(folder, 'handlers.mjs') } = {},
) {
  const handler = createIsolatedHandler({ kind, file }, { leash, env, memoryMb: 64, limits: LIMITS });
  return { handler, context, ended: handler.run(input, context) };
}

async function failure(kind: string, file?: string): Promise<HandlerError> {
  return start(kind, file === undefined ? {} : { file }).ended.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as HandlerError,
  );
}

const alive = ({ attemptId }: TestContext) => aliveWithMarker(`LEEWAY_ATTEMPT=${attemptId}`);
const printed = (context: TestContext) => context.outputs.map(({ text }) => text).join('');

describe('an isolated handler', () => {
  test('runs in a process of its own, and gets what it needs to know', async () => {
    const context = Object.assign(testContext({ attempt: 2 }), { lastCheckpoint: { at: 3 } });
    const result = (await start('echo', { context, input: { n: [1] } }).ended) as { pid: number };
    expect(result).toMatchObject({
      ...{ input: { n: [1] }, jobId: context.jobId, attempt: 2, lastCheckpoint: { at: 3 }, hasDeadline: true },
    });
    expect(result.pid).not.toBe(process.pid);
    expect(existsSync(`/proc/${result.pid}`)).toBe(false);
  });

  test('reports as any other; what it prints is output of the job', async () => {
    const calls: unknown[] = [];
    const note = (name: string) => (value: unknown) => void calls.push([name, value]);
    const context = Object.assign(testContext(), {
      ...{ progress: note('progress'), checkpoint: note('checkpoint'), tool: note('tool') },
      log: {
        debug() {},
        warn() {},
        error() {},
        info: (fields: object, message: string) => calls.push([message, fields]),
      },
    });
    expect(await start('reports', { context }).ended).toBeNull();
    expect(calls).toEqual([
      ['progress', { at: 1 }],
      ['checkpoint', 'here'],
      ['tool', true],
      ['tool', false],
      ['a line', { error: expect.objectContaining({ message: 'logged', stack: expect.any(String) }) }],
    ]);
    expect(printed(context)).toContain('writtenbytes');
    expect(context.outputs).toContainEqual({ text: 'printed\n', stream: 'stdout' });
  });

  test('extends its deadline up to the hard cap and is told at once what it got', async () => {
    const asked: number[] = [];
    const context = Object.assign(testContext(), {
      ...{ deadline: () => 1_000, latestDeadline: () => 1_300 },
      extend: (ms: number) => asked.push(ms) > 0,
    });
    expect(await start('extends', { context }).ended).toEqual({ granted: true, moved: 300 });
    expect(asked).toEqual([500]);
    const atCap = Object.assign(testContext(), { deadline: () => 1_000, latestDeadline: () => 1_000 });
    expect(await start('extends', { context: atCap }).ended).toEqual({ granted: false, moved: 0 });
  });

  test('is told to stop and may end with what it has (F89)', async () => {
    const { context, ended } = start('polite');
    await waitUntil(() => printed(context) === 'started', { what: 'the handler to have begun' });
    context.stop({ cause: 'deadline', message: 'over' });
    expect(await ended).toEqual({ because: 'deadline' });
  });

  test('is ended with everything it started when it does not stop (F82, F96)', async () => {
    const { context, ended } = start('family', { context: testContext({ graceMs: 200 }) });
    await waitUntil(() => alive(context).length === 2, { what: 'the handler and its child' });
    context.stop();
    expect(await ended).toBeUndefined();
    expect(alive(context)).toEqual([]);
  });

  test('leaves nothing behind when it has returned', async () => {
    const { context, ended } = start('leaves');
    expect(await ended).toBe('done');
    expect(alive(context)).toEqual([]);
  });

  test('can be ended in a busy loop, which is activity as of any process (F96)', async () => {
    const { context, ended } = start('busy', { context: testContext({ graceMs: 100 }) });
    await waitUntil(() => context.activities > 0, { what: 'its processor time to be seen' });
    context.stop({ cause: 'deadline', message: 'over' });
    expect(await ended).toBeUndefined();
    expect(alive(context)).toEqual([]);
  });

  test('stands still while it is paused, and goes on (F86)', async () => {
    const { handler, context, ended } = start('counts', { context: testContext({ graceMs: 100 }) });
    await waitUntil(() => printed(context).length > 2, { what: 'it to count' });
    expect(await handler.pause?.(context.attemptId)).toBe(true);
    // A process that runs on another processor stops a moment after the signal was sent.
    const standsStill = (pid: number) => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await waitUntil(() => alive(context).every(standsStill), { what: 'it to stand still' });
    expect(await handler.resume?.(context.attemptId)).toBe(true);
    const before = printed(context).length;
    await waitUntil(() => printed(context).length > before + 2, { what: 'it to go on counting' });
    context.stop();
    await ended;
  });
});

describe('what ends only its attempt (F96)', () => {
  test.each([
    ['exits', 'process_exited', /^The handler ended its process with exit code 7 before it returned\.$/],
    ['crashes', 'process_killed', /ended by SIG/],
    ['swallows', 'out_of_memory', /more than the 64 MB of memory that worker\.isolatedMemoryMb allows/],
    ['callback', 'uncaught_exception', /^Outside of what the handler awaits: in a timer$/],
    ['rejects', 'uncaught_exception', /nobody waits$/],
    ['null', 'handler_failed', /^the handler threw null$/],
    ['waits', 'handler_failed', /^busy$/],
    ['gone', 'unknown_kind', /has no handler "gone" any more/],
  ])('%s: another attempt may do better', async (kind, code, message) => {
    const error = await failure(kind);
    expect(error).toMatchObject({ code, cause: 'error', message: expect.stringMatching(message) });
    expect(forbidsRetry(error)).toBe(false);
  });

  test('an error keeps its wish for a pause', async () => {
    expect(await failure('waits')).toMatchObject({ retryAfterMs: 700 });
  });

  test.each([
    ['throws', 'no_customer', /^no such customer$/],
    ['bigint', 'result_not_json', /the result is not a JSON value/],
    ['large', 'result_too_large', /the result is 1000002 bytes as JSON/],
  ])('%s: no other attempt could do better', async (kind, code, message) => {
    const error = await failure(kind);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(forbidsRetry(error)).toBe(true);
  });

  test('a module that cannot be loaded any more says why', async () => {
    const file = join(folder, 'broken.mjs');
    writeFileSync(file, 'throw new Error("half saved")');
    expect(await failure('echo', file)).toMatchObject({ message: expect.stringContaining('half saved') });
  });

  test('a flood of reports reaches the worker in bounded size', async () => {
    let progress = 0;
    let last: unknown;
    const context = Object.assign(testContext(), {
      progress: () => (progress += 1),
      checkpoint: (value: unknown) => (last = value),
    });
    expect(await start('floods', { context }).ended).toBeLessThan(250e6);
    expect(printed(context).length).toBeLessThan(2 * LIMITS.maxOutputBytes);
    expect(progress).toBeLessThan(20_000);
    expect(last).toEqual({ i: 19_999 });
  });
});

test('a handler that was told to stop before it began does not begin', async () => {
  const context = testContext();
  context.stop();
  expect(await start('echo', { context }).ended).toBeUndefined();
});

test('a handler that ends because it is told to has not ended by itself', async () => {
  const { context, ended } = start('obeys');
  await waitUntil(() => printed(context) === 'started', { what: 'it to begin' });
  context.stop({ cause: 'released', message: 'bye' });
  await expect(ended).rejects.toMatchObject({ message: 'The operation was aborted' });
  expect(context.ended).toEqual([]);
  const other = start('echo');
  await other.ended;
  expect(other.context.ended).toEqual([true]);
});

test('nothing stays in the folder of the leash', async () => {
  await start('echo').ended;
  expect(existsSync(dirname(leash.socketPath))).toBe(true);
  await waitUntil(() => !readFolder().some((name) => name.startsWith('h-')), { what: 'its sockets to be gone' });
});

test('a handler that is asked for when its leash has just died runs under the next one (F94)', async () => {
  const pid = leashPidOf(leash.socketPath);
  process.kill(pid, 'SIGKILL');
  // In one go, so that this process learns nothing of it before it starts the handler.
  while (isAlive(pid));
  expect(await start('echo', { input: 'once' }).ended).toMatchObject({ input: 'once', attempt: 1 });
});

test('a leash that ends again and again counts as a lost worker, not as a failure of the work', async () => {
  const going = startTestLeash();
  await going.ready();
  const handler = createIsolatedHandler(
    { kind: 'echo', file: join(folder, 'handlers.mjs') },
    // Its folder goes between its word that it is ready and the start.
    {
      ...{ env, memoryMb: 64, limits: LIMITS },
      leash: { ...going, socketPath: join(folder, 'gone', 'leash'), ready: () => going.ready() },
    },
  );
  await expect(handler.run({}, testContext())).rejects.toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
  await going.close();
});

function readFolder(): string[] {
  return readdirSync(dirname(leash.socketPath));
}

test('docs/handlers.md explains every code, and no other', () => {
  const page = readFileSync(new URL('../../../../../docs/handlers.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## A process of its own');
  const explained = [...section.matchAll(/^ {2}\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(explained).toEqual([...ISOLATION_CODES]);
});
