import type { Job } from '@leeway/contract';
import { SCENARIOS, startFakeProvider, startStack, waitUntil, type FakeProvider, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const KEY = 'sk-stack-test-0123456789';
let provider: FakeProvider;
let stack: Stack;

beforeAll(async () => {
  provider = await startFakeProvider({ key: KEY });
  const local = {
    baseUrl: provider.baseUrl,
    apiKeyEnv: 'MODEL_KEY',
    retryBackoffMs: 10,
    breakerFailures: 0,
  };
  stack = await startStack({
    policy: { providers: { local, strict: { ...local, countThinking: false } }, limits: { backoffMs: 50 } },
    env: { MODEL_KEY: KEY },
  });
});
afterAll(async () => {
  await stack?.stop();
  await provider?.stop();
});

function ask(model: string, more: { input?: object; [field: string]: unknown } = {}): Promise<Job> {
  const messages = [{ role: 'user', content: 'Hello' }];
  return stack.submit({ kind: 'chat', ...more, input: { model, messages, ...more.input } });
}

const asked = (model: string) => provider.requests.filter((request) => request.model === model).length;

test('a chat job streams the answer over a real connection into its result (F160)', async () => {
  const job = await stack.waitFinal((await ask('steady')).id);
  expect(job).toMatchObject({
    state: 'succeeded',
    class: 'chat/steady',
    result: { model: 'steady', finishReason: 'stop', usage: { completion_tokens: 24 } },
  });
  expect(job.attempts).toHaveLength(1);
});

const SILENCES = [
  { what: 'a stream that stops', model: 'stall', limits: { idleMs: 1_000 }, cause: 'idle', text: 'A queue that' },
  {
    what: 'keep-alives without a word',
    model: 'keep-alive-only',
    limits: { firstOutputMs: 300 },
    cause: 'first_output',
    text: '',
  },
  { what: 'a byte a second', model: 'drip', limits: { firstOutputMs: 300 }, cause: 'first_output', text: '' },
  { what: 'headers that drip', model: 'slow-headers', limits: { firstOutputMs: 300 }, cause: 'first_output', text: '' },
  {
    what: 'deltas without a word',
    model: 'empty-deltas',
    limits: { firstOutputMs: 300 },
    cause: 'first_output',
    text: '',
  },
  {
    what: 'a late first token',
    model: 'late-first-token',
    limits: { firstOutputMs: 300 },
    cause: 'first_output',
    text: '',
  },
  {
    what: 'a call never answered',
    model: 'never-answers',
    limits: { firstOutputMs: 300 },
    cause: 'first_output',
    text: '',
  },
];

test.each(SILENCES)(
  '$what: the attempt ends with the cause of its own limit, keeps what had come and closes the connection (F77, F78, F89)',
  async ({ model, limits, cause, text }) => {
    const job = await stack.waitFinal((await ask(model, { limits, attempts: 1 })).id);
    const attempt = { outcome: 'stopped', cause, partial: true };
    expect(job).toMatchObject({ state: 'failed', cause, result: { text }, attempts: [attempt] });
    await waitUntil(() => provider.connections.open() === 0, { what: 'the connection to close' });
  },
);

test.each([
  { provider: 'local', ending: { state: 'succeeded' } },
  { provider: 'strict', ending: { state: 'failed', cause: 'first_output' } },
])(
  'three seconds of thinking count as first output or do not, as the policy of provider $provider has it (F78)',
  async ({ provider: name, ending }) => {
    const params = { fake: { tokens: 60, firstTokenMs: 50, tokenMs: 50 } };
    const input = { provider: name, params };
    const job = await stack.waitFinal(
      (await ask('thinking', { input, limits: { firstOutputMs: 2_000 }, attempts: 1 })).id,
    );
    expect(job).toMatchObject(ending);
  },
);

test('an endless answer is ended at the deadline (F76)', async () => {
  const job = await stack.waitFinal((await ask('endless', { timeoutMs: 500, attempts: 1 })).id);
  expect(job).toMatchObject({ state: 'failed', cause: 'deadline' });
});

test('an answer of a byte a second is ended at the deadline, and not only when the next byte comes (F79)', async () => {
  const job = await stack.waitFinal((await ask('drip', { timeoutMs: 1_500, attempts: 1 })).id);
  expect(job).toMatchObject({ state: 'failed', cause: 'deadline', error: { limitMs: 1_500 } });
});

test('a cancel reaches the provider: its connection closes (F87)', async () => {
  const { id } = await ask('stall');
  await waitUntil(() => provider.connections.open() === 1, { what: 'the call' });
  await stack.request('POST', `/v1/jobs/${id}/cancel`);
  expect(await stack.waitFinal(id)).toMatchObject({ state: 'cancelled', cause: 'cancelled' });
  await waitUntil(() => provider.connections.open() === 0, { what: 'the connection to close' });
});

test('a short failure of the provider is retried within the attempt, and a longer one by the next attempt (F138)', async () => {
  const broken = SCENARIOS['server-error'] as (typeof SCENARIOS)[string];
  provider.next(broken);
  const quick = await stack.waitFinal((await ask('steady', { attempts: 2 })).id);
  expect(quick).toMatchObject({ state: 'succeeded', result: { retries: [{ code: 'provider_error' }] } });
  expect(quick.attempts).toHaveLength(1);
  provider.next(broken, broken, broken);
  const slow = await stack.waitFinal((await ask('steady', { attempts: 2 })).id);
  expect(slow.state).toBe('succeeded');
  expect(slow.attempts.map(({ outcome, cause }) => [outcome, cause])).toEqual([
    ['failed', 'provider'],
    ['succeeded', null],
  ]);
});

test('a request that the provider rejects is not tried again (F91)', async () => {
  const job = await stack.waitFinal((await ask('wrong-request', { attempts: 3 })).id);
  expect(job).toMatchObject({ state: 'failed', cause: 'error', error: { code: 'provider_rejected' } });
  expect(asked('wrong-request')).toBe(1);
});

test('a job that turns streaming off is refused before it is queued (F93)', async () => {
  const input = { model: 'steady', messages: [{ role: 'user', content: 'Hello' }], params: { stream: false } };
  const { status, body } = await stack.request('POST', '/v1/jobs', { kind: 'chat', input });
  expect([status, body.code, body.errors]).toEqual([
    400,
    'invalid_request',
    [{ path: '/input/params/stream', message: 'is set by Leeway; leave it out; got false' }],
  ]);
});

test('a fallback model answers within the same attempt (F141)', async () => {
  const job = await stack.waitFinal((await ask('overloaded', { input: { fallback: ['steady'] } })).id);
  expect(job).toMatchObject({
    state: 'succeeded',
    result: { model: 'steady', fallbacks: [{ model: 'overloaded', code: 'provider_error' }] },
  });
  expect(job.attempts).toHaveLength(1);
});

test('the secret is in no job, event, log or page of the policy (F190)', async () => {
  const { id, links } = await stack.waitFinal((await ask('wrong-key', { attempts: 1 })).id);
  const replies = await Promise.all([
    stack.request('GET', `/v1/jobs/${id}`),
    stack.request('GET', '/v1/config'),
    stack.request('GET', links.output),
  ]);
  const events = await (await fetch(`${stack.api}${links.events}`)).text();
  const everything = [
    ...replies.map(({ body }) => JSON.stringify(body)),
    events,
    ...stack.workers.flatMap(({ lines }) => lines),
    ...stack.apiProcess.lines,
  ].join('\n');
  expect(everything).toContain('Incorrect API key provided: Bearer [hidden]');
  expect(everything).not.toContain(KEY);
});
