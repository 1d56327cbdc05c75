import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePolicy, type Job, type WorkerInfo } from '@leeway/contract';
import {
  aliveWithMarker,
  startFakeProvider,
  startStack,
  waitUntil,
  SCENARIOS,
  type FakeProvider,
  type Stack,
} from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));
let provider: FakeProvider;
let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-examples-'));
  provider = await startFakeProvider({ models: { 'llama3.2': SCENARIOS['steady'] as (typeof SCENARIOS)[string] } });
  const policy = examplePolicy('ollama');
  // The example as it is, but for the address.
  const providers = { ...policy.providers, ollama: { ...policy.providers['ollama'], baseUrl: provider.baseUrl } };
  const short = { limits: { backoffMs: 50 }, supervision: { graceMs: 200 } };
  const kinds = { ...policy.kinds, 'wait-for-file': { priorMs: 1_000, maxMs: 60_000 } };
  stack = await startStack({
    policy: { ...policy, ...short, kinds, providers },
    env: { LEEWAY_HANDLERS: join(EXAMPLES, 'custom-handler', 'handlers.mjs') },
  });
});
afterAll(async () => {
  await stack?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function examplePolicy(name: string) {
  return JSON.parse(readFileSync(join(EXAMPLES, name, 'leeway.policy.json'), 'utf8')) as Record<
    'providers' | 'kinds',
    Record<string, object>
  >;
}

/** Runs a script of the examples to its end, as its README does. */
function script(path: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const env = { PATH: process.env['PATH'], LEEWAY_URL: stack.api };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(EXAMPLES, path), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
    });
  });
}

const custom = (kind: string, input: object) => script('custom-handler/submit.mjs', kind, JSON.stringify(input));

test.concurrent("a user's own handler runs, with progress and output (F38)", async () => {
  const digested = mkdtempSync(join(folder, 'digested-'));
  writeFileSync(join(digested, 'a.txt'), 'alpha');
  writeFileSync(join(digested, 'b.txt'), 'beta');
  const { code, text } = await custom('digest-folder', { folder: digested });
  expect(code, text).toBe(0);
  const digest = createHash('sha256').update('alpha').digest('hex');
  expect(text).toMatch(/^j\w+ {2}succeeded\n/);
  expect(text).toContain(`"a.txt": "${digest}"`);
  const job = await stack.job(/^\w+/.exec(text)?.[0] as string);
  expect(job.progress).toMatchObject({ value: { done: 2, of: 2 } });
  expect(
    (await stack.request('GET', job.links.output)).body.chunks.map((chunk: { text: string }) => chunk.text).join(''),
  ).toContain(`${digest}  a.txt\n`);
});

test.concurrent.each([
  ['an input that the schema refuses', {}, 'the input is not valid: /folder: expected the path of a folder'],
  ['an error that forbids a retry', { folder: '/no/such/folder' }, 'ENOENT'],
])('the job of a handler fails at the first attempt after %s', async (_, input, message) => {
  const { code, text } = await custom('digest-folder', input);
  expect(code).toBe(1);
  expect(text).toContain('failed, error');
  expect(text).toContain(message);
  expect((await stack.job(/^\w+/.exec(text)?.[0] as string)).attempts).toHaveLength(1);
});

test.concurrent('a handler may wait for a person for longer than its idle limit (F77)', async () => {
  const approval = join(folder, 'approved');
  const input = { text: 'news', approval };
  const { id } = await stack.submit({ kind: 'publish', input, limits: { idleMs: 1_000 }, attempts: 1 });
  const waits = await stack.waitJob(id, ({ progress }) => (progress?.notice?.forMs ?? 0) > 1_500);
  expect(waits.attempts[0]?.waiting?.reason).toBe(`somebody to create ${approval}`);
  writeFileSync(approval, '');
  expect(await stack.waitFinal(id)).toMatchObject({ state: 'succeeded', attempts: [{ phase: { number: 5 } }] });
});

test.concurrent('a handler asks for more time and gets it (F97)', async () => {
  const path = join(folder, 'late.txt');
  const job = await stack.submit({ kind: 'wait-for-file', input: { path }, attempts: 1 });
  const deadline = (seen: Job) => Date.parse(seen.attempts[0]?.deadlineAt ?? '');
  const first = deadline(await stack.waitJob(job.id, (seen) => deadline(seen) > 0));
  await stack.waitJob(job.id, (seen) => deadline(seen) > first);
  writeFileSync(path, '');
  expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'succeeded', result: { path, attempt: 1 } });
});

test.concurrent('the job of a handler that ignores its abort ends all the same, and the worker reports the handler (F94)', async () => {
  const job = await stack.submit({ kind: 'stubborn', input: {}, timeoutMs: 300, attempts: 1 });
  expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'failed', cause: 'deadline' });
  const abandoned = async () =>
    ((await stack.request('GET', '/v1/workers')).body.workers as WorkerInfo[])[0]?.abandoned === 1;
  await waitUntil(abandoned, { what: 'the worker to report it' });
});

test.concurrent('an isolated handler that blocks is ended at its deadline, with its process (F96)', async () => {
  const { code, text } = await custom('count-primes', { below: 1_000 });
  expect(code, text).toBe(0);
  expect(text).toContain('"count": 168');
  const job = await stack.submit({ kind: 'count-primes', input: { below: 1e15 }, timeoutMs: 1_000, attempts: 1 });
  expect(await stack.waitFinal(job.id)).toMatchObject({ state: 'failed', cause: 'deadline', losses: 0 });
  expect(aliveWithMarker(`LEEWAY_JOB=${job.id}`)).toEqual([]);
});

test.concurrent('the workflow example runs its steps side by side and shows their time (F99)', async () => {
  const { code, text } = await script('workflow/submit.mjs');
  expect(code, text).toBe(0);
  expect(text).toMatch(/^list started: it may use 1[78]\.\d s of (?:60\.0|5\d\.\d) s\nlist succeeded\n/);
  expect(text).toContain('report succeeded');
  expect(text).toMatch(/succeeded after [\d.]+ s of 60\.0 s\nPrograms: +\d+\nThe last of them:\n(?:.+\n){3}/);
});

test.concurrent('the chat example streams an answer through the queue (F160)', async () => {
  const { code, text } = await script('ollama/submit.mjs');
  expect(code, text).toBe(0);
  expect(text).toMatch(/^A queue that learns .*\n\nllama3\.2, first token after \d+ ms, 24 tokens\n$/s);
});

test.concurrent('the chat example prints why its job failed', async () => {
  const { code, text } = await script('ollama/submit.mjs', 'no-such-model');
  expect(code).toBe(1);
  expect(text).toContain(
    'failed: provider: provider "ollama": the provider answered 404: The model \'no-such-model\' does not exist',
  );
});

test('the policy example is valid, and its README explains every value of it', () => {
  const policy = examplePolicy('policy');
  expect(() => parsePolicy(policy)).not.toThrow();
  const readme = readFileSync(join(EXAMPLES, 'policy', 'README.md'), 'utf8');
  const explained = new Set([...readme.matchAll(/^\| `([^`]+)` \|/gm)].map((row) => row[1]));
  expect(explained).toEqual(new Set(leaves(policy)));
});

/** Paths of all values; lists are values. */
function leaves(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = path === '' ? name : `${path}.${name}`;
    return inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? leaves(inner as object, here)
      : [here];
  });
}
