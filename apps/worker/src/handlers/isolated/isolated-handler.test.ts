import { type HandlerError, type OutputStream, forbidsRetry } from '@leeway/supervision';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { aliveWithMarker, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAlive, leashPidOf } from '../../../testing/command/processes.js';
import { startTestLeash, testContext, type TestContext, type TestLeash } from '../../../testing/command/test-leash.js';
import { createIsolatedHandler } from './isolated-handler.js';
import { ISOLATION_CODES } from './outcome.js';

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
  throwsOnAbort: isolated(async (input, { signal, output }) => {
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
const printed = (context: TestContext, stream?: OutputStream) =>
  context.outputs
    .filter((output) => stream === undefined || output.stream === stream)
    .map(({ text }) => text)
    .join('');

describe('an isolated handler', () => {
  test('runs in a child process, and gets the facts of its attempt', async () => {
    const context = Object.assign(testContext({ attempt: 2 }), { lastCheckpoint: { at: 3 } });
    const result = (await start('echo', { context, input: { n: [1] } }).ended) as { pid: number };
    expect(result).toMatchObject({
      ...{ input: { n: [1] }, jobId: context.jobId, attempt: 2, lastCheckpoint: { at: 3 }, hasDeadline: true },
    });
    expect(result.pid).not.toBe(process.pid);
    expect(existsSync(`/proc/${result.pid}`)).toBe(false);
  });

  test('reports to the context of the worker, and its stdout is output of the job', async () => {
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
    // Two ways lead to the worker, so only the order within each stream is promised.
    expect(printed(context, 'text')).toBe('writtenbytes');
    expect(printed(context, 'stdout')).toBe('printed\n');
  });

  test('can extend its deadline up to the hard cap, and sees the new deadline at once', async () => {
    const requested: number[] = [];
    const context = Object.assign(testContext(), {
      ...{ deadline: () => 1_000, latestDeadline: () => 1_300 },
      extend: (ms: number) => requested.push(ms) > 0,
    });
    expect(await start('extends', { context }).ended).toEqual({ granted: true, moved: 300 });
    expect(requested).toEqual([500]);
    const atCap = Object.assign(testContext(), { deadline: () => 1_000, latestDeadline: () => 1_000 });
    expect(await start('extends', { context: atCap }).ended).toEqual({ granted: false, moved: 0 });
  });

  test('gets the abort and can return its partial result (F89)', async () => {
    const { context, ended } = start('polite');
    await waitUntil(() => printed(context) === 'started', { what: 'the handler to begin' });
    context.stop({ cause: 'deadline', message: 'over' });
    expect(await ended).toEqual({ because: 'deadline' });
  });

  test('is killed with all its child processes when it ignores the abort (F82, F96)', async () => {
    const { context, ended } = start('family', { context: testContext({ graceMs: 200 }) });
    await waitUntil(() => alive(context).length === 2, { what: 'the handler and its child' });
    context.stop();
    expect(await ended).toBeUndefined();
    expect(alive(context)).toEqual([]);
  });

  test('leaves no process behind after it has returned', async () => {
    const { context, ended } = start('leaves');
    expect(await ended).toBe('done');
    expect(alive(context)).toEqual([]);
  });

  test('can be killed in a busy loop, and its processor time counts as activity (F96)', async () => {
    const { context, ended } = start('busy', { context: testContext({ graceMs: 100 }) });
    await waitUntil(() => context.activities > 0, { what: 'its processor time to be seen' });
    context.stop({ cause: 'deadline', message: 'over' });
    expect(await ended).toBeUndefined();
    expect(alive(context)).toEqual([]);
  });

  test('makes no progress while it is paused, and continues when it is resumed (F86)', async () => {
    const { handler, context, ended } = start('counts', { context: testContext({ graceMs: 100 }) });
    await waitUntil(() => printed(context).length > 2, { what: 'it to count' });
    expect(await handler.pause?.(context.attemptId)).toBe(true);
    // A process that runs on another processor stops a moment after the signal was sent.
    const isSuspended = (pid: number) => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    await waitUntil(() => alive(context).every(isSuspended), { what: 'it to be suspended' });
    expect(await handler.resume?.(context.attemptId)).toBe(true);
    const before = printed(context).length;
    await waitUntil(() => printed(context).length > before + 2, { what: 'it to continue counting' });
    context.stop();
    await ended;
  });
});

describe('a fault of an isolated handler that ends only its attempt (F96)', () => {
  test.each([
    ['exits', 'process_exited', /^The handler ended its process with exit code 7 before it returned\.$/],
    ['crashes', 'process_killed', /ended by SIG/],
    ['swallows', 'out_of_memory', /more than the 64 MB of memory that worker\.isolatedMemoryMb allows/],
    ['callback', 'uncaught_exception', /^Outside of what the handler awaits: in a timer$/],
    ['rejects', 'uncaught_exception', /nobody waits$/],
    ['null', 'handler_failed', /^the handler threw null$/],
    ['waits', 'handler_failed', /^busy$/],
    ['gone', 'unknown_kind', /has no handler "gone" any more/],
  ])('leaves the job another attempt: %s', async (kind, code, message) => {
    const error = await failure(kind);
    expect(error).toMatchObject({ code, cause: 'error', message: expect.stringMatching(message) });
    expect(forbidsRetry(error)).toBe(false);
  });

  test('keeps the retryAfterMs of the error', async () => {
    expect(await failure('waits')).toMatchObject({ retryAfterMs: 700 });
  });

  test.each([
    ['throws', 'no_customer', /^no such customer$/],
    ['bigint', 'result_not_json', /the result is not a JSON value/],
    ['large', 'result_too_large', /the result is 1000002 bytes as JSON/],
  ])('fails the job for good: %s', async (kind, code, message) => {
    const error = await failure(kind);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(forbidsRetry(error)).toBe(true);
  });

  test('has the reason in its message when the module can no longer be loaded', async () => {
    const file = join(folder, 'broken.mjs');
    writeFileSync(file, 'throw new Error("half saved")');
    expect(await failure('echo', file)).toMatchObject({ message: expect.stringContaining('half saved') });
  });

  test('does not flood the worker: reports are bounded, and the newest checkpoint arrives', async () => {
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

test('a handler that was aborted before its start does not run', async () => {
  const context = testContext();
  context.stop();
  expect(await start('echo', { context }).ended).toBeUndefined();
});

test('a handler that ends after an abort has not ended by itself', async () => {
  const { context, ended } = start('throwsOnAbort');
  await waitUntil(() => printed(context) === 'started', { what: 'the handler to begin' });
  context.stop({ cause: 'released', message: 'bye' });
  await expect(ended).rejects.toMatchObject({ message: 'The operation was aborted' });
  expect(context.ended).toEqual([]);
  const other = start('echo');
  await other.ended;
  expect(other.context.ended).toEqual([true]);
});

test('the socket of a handler is removed from the folder of the leash', async () => {
  await start('echo').ended;
  expect(existsSync(dirname(leash.socketPath))).toBe(true);
  await waitUntil(() => !readFolder().some((name) => name.startsWith('h-')), { what: 'its sockets to be removed' });
});

test('a handler that is started when its leash has just died runs under the next one (F94)', async () => {
  const pid = leashPidOf(leash.socketPath);
  process.kill(pid, 'SIGKILL');
  // Without a turn of the event loop, so that this process has not noticed it when it starts the handler.
  while (isAlive(pid));
  expect(await start('echo', { input: 'once' }).ended).toMatchObject({ input: 'once', attempt: 1 });
});

test('a leash that ends again and again counts as a lost worker, not as a failure of the work', async () => {
  const ending = startTestLeash();
  await ending.ready();
  const handler = createIsolatedHandler(
    { kind: 'echo', file: join(folder, 'handlers.mjs') },
    // As if the leash had removed its folder between `ready` and the start.
    {
      ...{ env, memoryMb: 64, limits: LIMITS },
      leash: { ...ending, socketPath: join(folder, 'gone', 'leash'), ready: () => ending.ready() },
    },
  );
  await expect(handler.run({}, testContext())).rejects.toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
  await ending.close();
});

function readFolder(): string[] {
  return readdirSync(dirname(leash.socketPath));
}

test('docs/handlers.md explains every isolation code, and no other', () => {
  const page = readFileSync(new URL('../../../../../docs/handlers.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## A process of its own');
  const explained = [...section.matchAll(/^ {2}\| `(\w+)` \|/gm)].map(([, code]) => code);
  expect(explained).toEqual([...ISOLATION_CODES]);
});
