import { fileURLToPath } from 'node:url';
import { LeewayClient } from '@leeway/client';
import type { Job } from '@leeway/contract';
import { aliveWithMarker, spawnNode, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leeway, startLeeway } from './cli/leeway-process.js';

let stack: Stack;
let client: LeewayClient;
beforeAll(async () => {
  stack = await startStack({ dashboard: true, policy: { supervision: { graceMs: 300 }, limits: { backoffMs: 10 } } });
  client = new LeewayClient({ url: stack.api });
});
afterAll(() => stack?.stop());

const script = (code: string, ...rest: string[]) => ['node', '-e', code, ...rest];
const API_MAIN = fileURLToPath(new URL('../apps/api/dist/main.js', import.meta.url));

async function killAndRestartApi(): Promise<void> {
  await stack.apiProcess.kill9();
  spawnNode([API_MAIN], { name: 'api, again', env: { PORT: new URL(stack.api).port, REDIS_URL: stack.redis.url } });
}

const jobWithLabel = async (label: string) => {
  for await (const job of client.list({ label })) return job;
  throw new Error(`no job with the label ${label}`);
};

test('leeway run prints output and error output of the job and exits with its code (F83, F160)', async () => {
  const code = "console.log('to stdout'); console.error('to stderr'); process.exitCode = 7";
  expect(await leeway(stack.api, ['run', '-q', '--attempts', '1', '--', ...script(code)])).toEqual({
    code: 7,
    out: 'to stdout\n',
    err: 'to stderr\n',
  });
});

test('leeway run --stdin passes standard input to the job, and every byte of its output back', async () => {
  const text = Array.from({ length: 5_000 }, (_, line) => `line ${line} grün 🌱\n`).join('');
  const end = await leeway(stack.api, ['run', '-q', '--stdin', '--', 'cat'], text);
  expect(end.code).toBe(0);
  expect(end.out).toBe(text);
});

test('leeway run exits with 124 when the job reaches its limit, and leaves no process behind (F82)', async () => {
  const marker = 'cli-test-deadline';
  const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '${marker}']); setInterval(() => {}, 1000)`;
  const end = await leeway(stack.api, ['run', '--timeout', '400ms', '--attempts', '1', '--', ...script(child, marker)]);
  expect(end.code).toBe(124);
  expect(end.err).toContain('(deadline): The attempt reached its deadline and was stopped.');
  expect(aliveWithMarker(marker)).toEqual([]);
});

test('leeway run cancels the job at Ctrl-C, ends its process and exits with 130 (F86, F87)', async () => {
  const marker = 'cli-test-interrupt';
  const running = startLeeway(stack.api, [
    'run',
    '--label',
    marker,
    '--',
    ...script("console.log('ready'); setInterval(() => {}, 1000)", marker),
  ]);
  await waitUntil(() => running.out().includes('ready'), { what: 'the job to print' });
  running.interrupt();
  expect((await running.ended).code).toBe(130);
  expect(aliveWithMarker(marker)).toEqual([]);
  expect(await jobWithLabel(marker)).toMatchObject({ state: 'cancelled', cause: 'cancelled' });
});

test('leeway run cancels the job when the reader of its output goes away', async () => {
  const label = 'cli-test-pipe';
  const running = startLeeway(stack.api, [
    'run',
    '--label',
    label,
    '--',
    ...script("setInterval(() => console.log('more'), 20)"),
  ]);
  await waitUntil(() => running.out().includes('more'), { what: 'the job to print' });
  running.closeOutput();
  await running.ended;
  expect((await client.waitFor((await jobWithLabel(label)).id)).state).toBe('cancelled');
});

test('leeway watch ends at Ctrl-C without touching the job', async () => {
  const job = await client.submit({
    kind: 'command',
    input: { argv: script("console.log('ready'); setInterval(() => {}, 1000)") },
  });
  const watching = startLeeway(stack.api, ['watch', job.id]);
  await waitUntil(() => watching.out().includes('ready'), { what: 'the job to print' });
  watching.interrupt();
  expect((await watching.ended).code).toBe(130);
  expect((await client.get(job.id)).state).toBe('running');
  await client.cancel(job.id);
});

test('leeway watch of an ended job prints its stored output and exits with its code (F98)', async () => {
  const job = await client.submit({
    kind: 'command',
    input: { argv: script("console.log('before'); process.exitCode = 4") },
    attempts: 1,
  });
  await client.waitFor(job.id);
  expect(await leeway(stack.api, ['watch', '-q', job.id])).toMatchObject({ code: 4, out: 'before\n' });
});

test('the events of a running job continue after the API was killed and restarted (F98)', async () => {
  const seen: string[] = [];
  const job = await client.submit({
    kind: 'command',
    input: { argv: script('let n = 0; setInterval(() => { console.log(n++); if (n === 40) process.exit() }, 50)') },
  });
  let restarted: Promise<unknown> | undefined;
  for await (const event of client.events(job.id)) {
    if (event.type === 'output') seen.push((event.data as { text: string }).text);
    restarted ??= seen.length > 0 ? killAndRestartApi() : undefined;
  }
  await restarted;
  expect(seen.join('')).toBe(Array.from({ length: 40 }, (_, n) => `${n}\n`).join(''));
});

test('leeway get, list, cancel and estimate work for the id that leeway submit prints', async () => {
  const submitted = await leeway(stack.api, ['submit', '--label', 'cli-test', '--', 'sleep', '60']);
  const id = submitted.out.trim();
  const [shown, listed] = await Promise.all([
    leeway(stack.api, ['get', id]),
    leeway(stack.api, ['list', '--label', 'cli-test']),
  ]);
  expect([shown.out, listed.out]).toEqual([expect.stringContaining(`${id}  `), expect.stringContaining(id)]);
  expect((await leeway(stack.api, ['cancel', id])).out).toBe(`${id}  cancelled\n`);
  const [again, json, estimate] = await Promise.all([
    leeway(stack.api, ['cancel', id]),
    leeway(stack.api, ['get', id, '--json']),
    leeway(stack.api, ['estimate', '--label', 'cli-test', '--', 'sleep', '60']),
  ]);
  expect(again.out).toMatch(/unchanged: it is cancelled already/);
  const job = JSON.parse(json.out) as Job;
  expect(job).toMatchObject({ id, state: 'cancelled' });
  expect(estimate.out).toContain(job.class);
});

test('leeway submit sends a limit only where one was given (F3)', async () => {
  const [plain, limited] = await Promise.all(
    [[], ['--timeout', '30s', '--idle', '5s']].map(async (limits) =>
      (await leeway(stack.api, ['submit', ...limits, '--', 'true'])).out.trim(),
    ),
  );
  expect((await client.get(plain as string)).limits).toEqual({});
  expect((await client.get(limited as string)).limits).toMatchObject({ timeoutMs: 30_000 });
});

test('leeway workers shows the worker, and leeway classes the class of a job that has run', async () => {
  const { out } = await leeway(stack.api, ['workers', '--json']);
  expect((JSON.parse(out) as { workers: object[] }).workers).toMatchObject([{ state: 'active' }]);
  await leeway(stack.api, ['run', '-q', '--label', 'cli-classes', '--', ...script('1')]);
  const table = (await leeway(stack.api, ['classes'])).out;
  expect(table).toMatch(/^CLASS +RUNS +USUAL/);
  expect(table).toContain('cli-classes');
});

test('leeway submit prints the field that the API refuses in one line', async () => {
  const end = await leeway(stack.api, ['submit', '--priority', '99', '--', 'true']);
  expect(end.code).toBe(1);
  expect(end.err).toMatch(/^leeway: \/priority: .*; got 99\. Correct the fields/);
});

test('leeway pause suspends a command, resume continues it, and retry gives a failed job another attempt (F86)', async () => {
  // A process gets SIGCONT when it is continued after it was suspended.
  const code = "process.on('SIGCONT', () => process.exit(3)); setInterval(() => console.log('here'), 50)";
  const { id } = await client.submit({ kind: 'command', input: { argv: script(code) }, attempts: 1 });
  await waitUntil(async () => (await client.output(id)).chunks.length > 0, { what: 'the job to print' });
  expect((await leeway(stack.api, ['pause', id])).out).toBe(`${id}  paused\n`);
  expect((await client.get(id)).state).toBe('paused');
  expect((await leeway(stack.api, ['resume', id])).out).toBe(`${id}  resumed\n`);
  expect(await client.waitFor(id)).toMatchObject({ state: 'failed', result: { exitCode: 3 } });
  expect((await leeway(stack.api, ['retry', id, '--attempts', '1'])).out).toBe(`${id}  has new attempts\n`);
  await waitUntil(async () => (await client.get(id)).attempts.length === 2, { what: 'the second attempt' });
  await client.cancel(id);
});

test('a deadline of 90 s has the same text in the command line, on the dashboard and in its sentence', async () => {
  const { out: id } = await leeway(stack.api, ['submit', '--timeout', '90s', '--delay', '1h', '--', 'true']);
  const [shown, estimate, page] = await Promise.all([
    leeway(stack.api, ['get', id.trim()]),
    leeway(stack.api, ['estimate', '--timeout', '90s', '--', 'true']),
    fetch(`${stack.dashboard}/jobs/${id.trim()}`).then((reply) => reply.text()),
  ]);
  const sentence = (await client.get(id.trim())).decision?.sentence;
  expect(sentence).toMatch(/^Deadline 1 min 30 s: /);
  expect(shown.out).toContain('deadline   1 min 30 s: ');
  expect(estimate.out).toContain('deadline   1 min 30 s\n');
  expect(page).toContain('<dt>Deadline</dt><dd><strong>1 min 30 s</strong></dd>');
  expect(page).toContain(`<p class="decision">${sentence}</p>`);
});
