import type { HandlerError } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, SCENARIOS, startFakeProvider, waitUntil, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CallBudget } from '../call-budget.js';
import type { HandlerContext } from '../handler.js';
import { createChatHandler } from './chat-handler.js';
import type { CallConstants } from './provider.js';

type Scenario = (typeof SCENARIOS)[string];
const scenario = (name: string) => SCENARIOS[name] as Scenario;

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

interface Setup {
  settings?: object;
  constants?: Partial<CallConstants>;
  random?: number;
  deadlineInMs?: number;
  /** What models usually take, in ms. */
  usualMs?: Record<string, number>;
}

function begin(models: string[], { settings, constants, random = 0, deadlineInMs, usualMs }: Setup = {}) {
  const [model, ...fallback] = models;
  const recording = recordingContext(deadlineInMs === undefined ? {} : { deadlineInMs });
  const betweenCalls: boolean[] = [];
  const callBudget: CallBudget = {
    remainingMs: () => recording.context.deadline() - Date.now(),
    usualMs: (input) => Promise.resolve(usualMs?.[(input as { model: string }).model] ?? null),
    betweenCalls: (is) => void betweenCalls.push(is),
  };
  const local = { baseUrl: provider.baseUrl, retryBackoffMs: 10, ...settings };
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local } }),
    env: {},
    constants,
    random: () => random,
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const params = { fake: { tokens: 2, firstTokenMs: 1, tokenMs: 1 } };
  const before = provider.requests.length;
  const context = { ...recording.context, callBudget } as HandlerContext;
  const ended = handler.run({ model, messages, fallback, params }, context);
  const calledModels = () => provider.requests.slice(before).map((request) => request.model);
  return { ended, recording, betweenCalls, calledModels };
}

async function failing(models: string[], options: Setup = {}) {
  const begun = begin(models, options);
  const error = await begun.ended.then(
    () => expect.fail(`${models.join()} did not fail`),
    (reason: unknown) => reason as HandlerError,
  );
  return { ...begun, error };
}

test('a call that failed before its first token is retried, and the result lists the retries (F138)', async () => {
  provider.next(scenario('server-error'), scenario('overloaded-briefly'));
  const { ended, recording, calledModels } = begin(['steady'], { random: 1 });
  expect(await ended).toMatchObject({
    text: 'A queue',
    model: 'steady',
    retries: [
      { model: 'steady', code: 'provider_error', waitMs: 20 },
      { model: 'steady', code: 'provider_error', waitMs: 140 },
    ],
  });
  expect(calledModels()).toHaveLength(3);
  expect(recording.values('progress')).toEqual([
    { model: 'steady', retry: 1, of: 2, code: 'provider_error', waitMs: 20 },
    { model: 'steady', retry: 2, of: 2, code: 'provider_error', waitMs: 140 },
  ]);
});

test.each(['server-error', 'rate-limit-silent', 'reset-at-once', 'only-done'])(
  'a call that always fails is retried as often as the policy allows: %s (F138)',
  async (model) => {
    const { calledModels, error } = await failing([model], { settings: { retries: 3 } });
    expect(calledModels()).toHaveLength(4);
    expect(error.result).toMatchObject({ retries: [{}, {}, {}] });
  },
);

test.each([
  ['a wrong request', 'wrong-request'],
  ['a wrong key', 'wrong-key'],
  ['a usage limit', 'usage-limit'],
  ['an HTML page', 'html'],
  ['an answer that was cut after a token: a second one would be mixed with it', 'cut'],
  ['an answer that was cut after a piece of thinking', 'thought-then-cut'],
])('%s is not retried (F138)', async (_, model) => {
  expect((await failing([model])).calledModels()).toHaveLength(1);
});

test('no call is retried where the policy sets retries to 0 (F140)', async () => {
  expect((await failing(['server-error'], { settings: { retries: 0 } })).calledModels()).toHaveLength(1);
});

test.each([
  [1, [20, 40, 50, 50]],
  [0.5, [10, 20, 25, 25]],
  [0, [0, 0, 0, 0]],
])('pauses double up to the longest one, with full jitter, at a random value of %f (F138)', async (random, waits) => {
  const options = { settings: { retries: 4 }, constants: { maxRetryBackoffMs: 50 }, random };
  const { error } = await failing(['server-error'], options);
  expect((error.result as { retries: { waitMs: number }[] }).retries.map(({ waitMs }) => waitMs)).toEqual(waits);
});

test('a retry waits for as long as the provider asks, and the jitter on top (F138)', async () => {
  provider.next(scenario('rate-limit-briefly'));
  const { ended, recording } = begin(['steady'], { random: 0.5 });
  expect(await ended).toMatchObject({ retries: [{ code: 'rate_limited', waitMs: 110 }] });
  const [pausedAtMs, firstOutputAtMs] = ['progress', 'output'].map(
    (call) => recording.calls.find((entry) => entry.call === call)?.atMs,
  );
  expect((firstOutputAtMs ?? 0) - (pausedAtMs ?? 0)).toBeGreaterThanOrEqual(100);
});

test('a pause longer than the remaining time of the attempt is not begun (F138)', async () => {
  const startedMs = performance.now();
  const { calledModels, error } = await failing(['rate-limit'], { deadlineInMs: 6_000 });
  expect(performance.now() - startedMs).toBeLessThan(6_000);
  expect([error.code, error.retryAfterMs, calledModels().length]).toEqual(['rate_limited', 7_000, 1]);
});

test.each([
  ['its model usually takes longer than the remaining time', { usualMs: { 'server-error': 90_000 } }],
  [
    'its model is unknown and less than the smallest share of the attempt remains',
    { constants: { minRemainingShare: 1 } },
  ],
])('a call is not retried when %s (F138)', async (_, options) => {
  expect((await failing(['server-error'], options)).calledModels()).toHaveLength(1);
});

test.each([
  ['it usually takes longer than the remaining time', { usualMs: { steady: 90_000 } }],
  ['it is unknown and less than the smallest share of the attempt remains', { constants: { minRemainingShare: 1 } }],
])('a fallback model is not called when %s (F111)', async (_, options) => {
  const { calledModels, error } = await failing(['usage-limit', 'steady'], options);
  expect(calledModels()).toEqual(['usage-limit']);
  expect(error.message).toContain('; too little of the attempt remained for steady');
});

test('a fallback model that fits into the remaining time is called (F111)', async () => {
  const { ended } = begin(['usage-limit', 'steady'], { usualMs: { 'usage-limit': 90_000, steady: 100 } });
  expect(await ended).toMatchObject({ model: 'steady', fallbacks: [{ model: 'usage-limit' }] });
});

test('a fallback model is called at once instead of the same model after a long wait (F138, F141)', async () => {
  const { ended, calledModels } = begin(['rate-limit', 'steady'], { constants: { maxRetryBackoffMs: 1_000 } });
  expect(await ended).toMatchObject({ model: 'steady', fallbacks: [{ model: 'rate-limit', code: 'rate_limited' }] });
  expect(calledModels()).toEqual(['rate-limit', 'steady']);
});

test('an abort during a pause ends it at once, and no further call is made (F87)', async () => {
  const { ended, recording, calledModels } = begin(['rate-limit', 'steady'], {
    constants: { maxRetryBackoffMs: 10_000 },
  });
  await waitUntil(() => recording.values('progress').length === 1, { what: 'the pause' });
  const abortedMs = performance.now();
  recording.abort();
  expect(await ended).toMatchObject({ text: '', model: 'rate-limit', finishReason: null });
  expect(performance.now() - abortedMs).toBeLessThan(5_000);
  expect(calledModels()).toEqual(['rate-limit']);
});

test('the clocks for first output and silence are paused between calls, and start anew with each call (F77, F78)', async () => {
  const { ended, betweenCalls } = begin(['server-error', 'steady'], { settings: { retries: 1 } });
  await ended;
  expect(betweenCalls).toEqual([true, false, false]);
});

test('a call that takes longer than callMs is ended, and retried if no token had arrived (F138)', async () => {
  const settings = { callMs: 400, retries: 1 };
  provider.next(scenario('never-answers'));
  const { ended } = begin(['steady'], { settings });
  expect(await ended).toMatchObject({ model: 'steady', retries: [{ code: 'call_timeout' }] });
  const { error, calledModels } = await failing(['stall'], { settings });
  expect(error).toMatchObject({ code: 'call_timeout', cause: 'provider', result: { text: 'A queue that' } });
  expect(error.message).toContain('longer than its limit of 400 ms');
  expect(calledModels()).toEqual(['stall']);
  await waitUntil(() => provider.connections.open() === 0, { what: 'the connections to close' });
});
