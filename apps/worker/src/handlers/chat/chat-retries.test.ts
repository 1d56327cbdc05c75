import type { HandlerError } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, SCENARIOS, startFakeProvider, waitUntil, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallBudget } from '../call-budget.js';
import type { HandlerContext } from '../handler.js';
import { createChatHandler } from './chat-handler.js';

type Scenario = (typeof SCENARIOS)[string];
const scenario = (name: string) => SCENARIOS[name] as Scenario;

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

interface Asked {
  settings?: object;
  random?: number;
  deadlineInMs?: number;
  /** What models usually take, in ms. */
  usualMs?: Record<string, number>;
}

function begin(models: string[], { settings, random = 0, deadlineInMs, usualMs }: Asked = {}) {
  const [model, ...fallback] = models;
  const recording = recordingContext(deadlineInMs === undefined ? {} : { deadlineInMs });
  const silence: boolean[] = [];
  const callBudget: CallBudget = {
    remainingMs: () => recording.context.deadline() - Date.now(),
    usualMs: (input) => Promise.resolve(usualMs?.[(input as { model: string }).model] ?? null),
    between: (calls) => void silence.push(calls),
  };
  const local = { baseUrl: provider.baseUrl, retryBackoffMs: 10, ...settings };
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local } }),
    env: {},
    random: () => random,
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const params = { fake: { tokens: 2, firstTokenMs: 1, tokenMs: 1 } };
  const before = provider.requests.length;
  const context = { ...recording.context, callBudget } as HandlerContext;
  const ended = handler.run({ model, messages, fallback, params }, context);
  return { ended, recording, silence, asked: () => provider.requests.slice(before).map((request) => request.model) };
}

async function failing(models: string[], options: Asked = {}) {
  const begun = begin(models, options);
  const error = await begun.ended.then(
    () => expect.fail(`${models.join()} did not fail`),
    (reason: unknown) => reason as HandlerError,
  );
  return { ...begun, error };
}

test('a call that failed before anything was said is repeated, and the result says so (F138)', async () => {
  provider.next(scenario('server-error'), scenario('overloaded-briefly'));
  const { ended, recording, asked } = begin(['steady'], { random: 1 });
  expect(await ended).toMatchObject({
    text: 'A queue',
    model: 'steady',
    retries: [
      { model: 'steady', code: 'provider_error', waitMs: 20 },
      { model: 'steady', code: 'provider_error', waitMs: 140 },
    ],
  });
  expect(asked()).toHaveLength(3);
  expect(recording.values('progress')).toEqual([
    { model: 'steady', repeat: 1, of: 2, code: 'provider_error', waitMs: 20 },
    { model: 'steady', repeat: 2, of: 2, code: 'provider_error', waitMs: 140 },
  ]);
});

test.each(['server-error', 'rate-limit-silent', 'reset-at-once', 'nothing-said'])(
  '%s: as often as the policy says and not more (F138)',
  async (model) => {
    const { asked, error } = await failing([model], { settings: { retries: 3 } });
    expect(asked()).toHaveLength(4);
    expect(error.result).toMatchObject({ retries: [{}, {}, {}] });
  },
);

test.each([
  ['a wrong request', 'wrong-request'],
  ['a wrong key', 'wrong-key'],
  ['a usage limit', 'usage-limit'],
  ['a page for people', 'html'],
  ['an answer that broke off after a word: a second one would be mixed with it', 'cut'],
  ['the same after a thought', 'thought-then-cut'],
])('%s is not repeated (F138)', async (_, model) => {
  expect((await failing([model])).asked()).toHaveLength(1);
});

test('nothing is repeated where the policy says so (F140)', async () => {
  expect((await failing(['server-error'], { settings: { retries: 0 } })).asked()).toHaveLength(1);
});

test.each([
  [1, [20, 40, 50, 50]],
  [0.5, [10, 20, 25, 25]],
  [0, [0, 0, 0, 0]],
])('pauses double up to the longest, with full jitter (F138): chance %f', async (random, waits) => {
  const settings = { retries: 4, maxRetryBackoffMs: 50 };
  const { error } = await failing(['server-error'], { settings, random });
  expect((error.result as { retries: { waitMs: number }[] }).retries.map(({ waitMs }) => waitMs)).toEqual(waits);
});

test('waits for as long as the provider asks, and not in the same moment as everybody else (F138)', async () => {
  provider.next(scenario('rate-limit-briefly'));
  const { ended, recording } = begin(['steady'], { random: 0.5 });
  expect(await ended).toMatchObject({ retries: [{ code: 'rate_limited', waitMs: 110 }] });
  const [asked, said] = ['progress', 'output'].map(
    (call) => recording.calls.find((entry) => entry.call === call)?.atMs,
  );
  expect((said ?? 0) - (asked ?? 0)).toBeGreaterThanOrEqual(100);
});

test('a wait that does not fit into what remains is not begun (F138)', async () => {
  const startedMs = performance.now();
  const { asked, error } = await failing(['rate-limit'], { deadlineInMs: 6_000 });
  expect(performance.now() - startedMs).toBeLessThan(6_000);
  expect([error.code, error.retryAfterMs, asked().length]).toEqual(['rate_limited', 7_000, 1]);
});

test.each([
  ['usually takes longer than what remains', { usualMs: { 'server-error': 90_000 } }],
  ['nobody knows, and less than the share of the policy remains', { settings: { minRemainingShare: 1 } }],
])('a call is not repeated when it %s (F138)', async (_, options) => {
  expect((await failing(['server-error'], options)).asked()).toHaveLength(1);
});

test.each([
  ['usually takes longer than what remains', { usualMs: { steady: 90_000 } }],
  ['nobody knows, and less than the share of the policy remains', { settings: { minRemainingShare: 1 } }],
])('a lighter model is not begun when it %s (F111)', async (_, options) => {
  const { asked, error } = await failing(['usage-limit', 'steady'], options);
  expect(asked()).toEqual(['usage-limit']);
  expect(error.message).toContain('; too little of the attempt remained for steady');
});

test('a lighter model that fits into what remains is begun, and gets that and no more (F111)', async () => {
  const { ended } = begin(['usage-limit', 'steady'], { usualMs: { 'usage-limit': 90_000, steady: 100 } });
  expect(await ended).toMatchObject({ model: 'steady', fallbacks: [{ model: 'usage-limit' }] });
});

test('rather another model now than the same one after a long wait (F138, F141)', async () => {
  const { ended, asked } = begin(['rate-limit', 'steady'], { settings: { maxRetryBackoffMs: 1_000 } });
  expect(await ended).toMatchObject({ model: 'steady', fallbacks: [{ model: 'rate-limit', code: 'rate_limited' }] });
  expect(asked()).toEqual(['rate-limit', 'steady']);
});

test('an abort in a pause ends it at once, and nothing is asked any more (F87)', async () => {
  const { ended, recording, asked } = begin(['rate-limit', 'steady'], { settings: { maxRetryBackoffMs: 10_000 } });
  await waitUntil(() => recording.values('progress').length === 1, { what: 'the pause' });
  const abortedMs = performance.now();
  recording.abort();
  expect(await ended).toMatchObject({ text: '', model: 'rate-limit', finishReason: null });
  expect(performance.now() - abortedMs).toBeLessThan(5_000);
  expect(asked()).toEqual(['rate-limit']);
});

test('the clocks for silence stand in a pause, and start anew with each call (F77, F78)', async () => {
  const { ended, silence } = begin(['server-error', 'steady'], { settings: { retries: 1 } });
  await ended;
  expect(silence).toEqual([true, false, false]);
});

test('a call that takes longer than its own limit is ended, and repeated if it had said nothing (F138)', async () => {
  const settings = { callMs: 100, retries: 1 };
  provider.next(scenario('never-answers'));
  const { ended } = begin(['steady'], { settings });
  expect(await ended).toMatchObject({ model: 'steady', retries: [{ code: 'call_timeout' }] });
  const { error, asked } = await failing(['stall'], { settings });
  expect(error).toMatchObject({ code: 'call_timeout', cause: 'provider', result: { text: 'A queue that' } });
  expect(error.message).toContain('longer than its limit of 100 ms');
  expect(asked()).toEqual(['stall']);
  await waitUntil(() => provider.connections.open() === 0, { what: 'the connections to close' });
});
