import { fileURLToPath } from 'node:url';
import { LeewayClient } from '@leeway/client';
import type { Job } from '@leeway/contract';
import { aliveWithMarker, spawnNode, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leeway, startLeeway } from './cli/leeway-process.js';

let stack: Stack;
let client: LeewayClient;
beforeAll(async () => {
  stack = await startStack({ policy: { supervision: { graceMs: 300 }, limits: { backoffMs: 10 } } });
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

test('run passes output, error output and exit code on (F83, F160)', async () => {
  const code = "console.log('to stdout'); console.error('to stderr'); process.exitCode = 7";
  expect(await leeway(stack.api, ['run', '-q', '--attempts', '1', '--', ...script(code)])).toEqual({
    code: 7,
    out: 'to stdout\n',
    err: 'to stderr\n',
  });
});

test('run passes standard input on and keeps every byte of what comes back', async () => {
  const text = Array.from({ length: 5_000 }, (_, line) => `line ${line} grün 🌱\n`).join('');
  const end = await leeway(stack.api, ['run', '-q', '--stdin', '--', 'cat'], text);
  expect(end.code).toBe(0);
  expect(end.out).toBe(text);
});

test('a job that reaches its limit makes run exit with 124 and leaves no process behind (F82)', async () => {
  const marker = 'cli-test-deadline';
  const child = `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '${marker}']); setInterval(() => {}, 1000)`;
  const end = await leeway(stack.api, ['run', '--timeout', '400ms', '--attempts', '1', '--', ...script(child, marker)]);
  expect(end.code).toBe(124);
  expect(end.err).toContain('(deadline): The attempt reached its deadline and was stopped.');
  expect(aliveWithMarker(marker)).toEqual([]);
});

test('Ctrl-C cancels the job: its process is gone and run exits with 130 (F86, F87)', async () => {
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

test('a reader that goes away is like Ctrl-C', async () => {
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

test('Ctrl-C in watch leaves the job alone', async () => {
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

test('watch of an ended job shows its stored output and exits with its code (F98)', async () => {
  const job = await client.submit({
    kind: 'command',
    input: { argv: script("console.log('before'); process.exitCode = 4") },
    attempts: 1,
  });
  await client.waitFor(job.id);
  expect(await leeway(stack.api, ['watch', '-q', job.id])).toMatchObject({ code: 4, out: 'before\n' });
});

test('the events of a running job go on after the API was killed and came back (F98)', async () => {
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

test('submit prints the id; get, list, cancel and estimate speak of that job', async () => {
  const submitted = await leeway(stack.api, ['submit', '--label', 'cli-test', '--', 'sleep', '60']);
  const id = submitted.out.trim();
  expect((await leeway(stack.api, ['get', id])).out).toContain(`${id}  `);
  expect((await leeway(stack.api, ['list', '--label', 'cli-test'])).out).toContain(id);
  expect((await leeway(stack.api, ['cancel', id])).out).toBe(`${id}  cancelled\n`);
  expect((await leeway(stack.api, ['cancel', id])).out).toMatch(/unchanged: it is cancelled already/);
  const job = JSON.parse((await leeway(stack.api, ['get', id, '--json'])).out) as Job;
  expect(job).toMatchObject({ id, state: 'cancelled' });
  expect((await leeway(stack.api, ['estimate', '--label', 'cli-test', '--', 'sleep', '60'])).out).toContain(job.class);
});

test('a limit is sent only when it was given (F3)', async () => {
  const [plain, limited] = await Promise.all(
    [[], ['--timeout', '30s', '--idle', '5s']].map(async (limits) =>
      (await leeway(stack.api, ['submit', ...limits, '--', 'true'])).out.trim(),
    ),
  );
  expect((await client.get(plain as string)).limits).toEqual({});
  expect((await client.get(limited as string)).limits).toMatchObject({ timeoutMs: 30_000 });
});

test('workers and classes are shown; the class of the jobs above has its runs', async () => {
  const { out } = await leeway(stack.api, ['workers', '--json']);
  expect((JSON.parse(out) as { workers: object[] }).workers).toMatchObject([{ state: 'active' }]);
  await leeway(stack.api, ['run', '-q', '--label', 'cli-classes', '--', ...script('1')]);
  const table = (await leeway(stack.api, ['classes'])).out;
  expect(table).toMatch(/^CLASS +RUNS +USUAL/);
  expect(table).toContain('cli-classes');
});

test('a field that is wrong is named in one line', async () => {
  const end = await leeway(stack.api, ['submit', '--priority', '99', '--', 'true']);
  expect(end.code).toBe(1);
  expect(end.err).toMatch(/^leeway: \/priority: .*; got 99\. Correct the fields/);
});
