import type { HandlerError } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, SCENARIOS, startFakeProvider, waitUntil, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callLayers, type CallLayers } from '../../decision/call-layers.js';
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

const QUICK = { tokens: 2, firstTokenMs: 1, tokenMs: 1 };

function ask(model: string, layers: Partial<CallLayers>, { fake = QUICK, retryBackoffMs = 1 } = {}) {
  const recording = recordingContext({});
  const callBudget: CallBudget = {
    remainingMs: () => recording.context.deadline() - Date.now(),
    usualMs: () => Promise.resolve(null),
    betweenCalls: () => undefined,
    layers: () => ({ tier: 'mid', callMs: null, retries: 5, stepMs: null, ...layers }),
  };
  const local = { baseUrl: provider.baseUrl, retryBackoffMs, retries: 2 };
  const handler = createChatHandler({ policy: parsePolicy({ providers: { local } }), env: {}, random: () => 1 });
  const before = provider.requests.length;
  const context = { ...recording.context, callBudget } as HandlerContext;
  const ended = handler.run({ model, messages: [{ role: 'user', content: 'Hello' }], params: { fake } }, context);
  return { ended, calls: () => provider.requests.length - before };
}

async function failure({ ended }: { ended: Promise<unknown> }): Promise<HandlerError> {
  return ended.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as HandlerError,
  );
}

test('a call without a token ends at the limit of its tier, and is retried within the step (F124)', async () => {
  provider.next(scenario('never-answers'));
  expect(await ask('steady', { callMs: 150 }).ended).toMatchObject({ retries: [{ code: 'call_timeout' }] });
  provider.next(scenario('never-answers'), scenario('never-answers'), scenario('never-answers'));
  const silent = ask('steady', { callMs: 150 });
  expect((await failure(silent)).message).toContain('no token within 150 ms, the limit of the tier for a call');
  expect(silent.calls()).toBe(3);
  await waitUntil(() => provider.connections.open() === 0, { what: 'the connections to close' });
});

test('the limit for the first token does not apply to the rest of the answer', async () => {
  const fake = { tokens: 40, firstTokenMs: 1, tokenMs: 10 };
  expect(await ask('steady', { callMs: 250, stepMs: 30_000 }, { fake }).ended).toMatchObject({ finishReason: 'stop' });
});

test('a call is ended with its step, and the part of the answer that arrived is kept (F89, F124)', async () => {
  const error = await failure(ask('stall', { stepMs: 300 }));
  expect(error).toMatchObject({ code: 'step_timeout', cause: 'deadline', result: { text: 'A queue that' } });
  await waitUntil(() => provider.connections.open() === 0, { what: 'the connections to close' });
});

test('a call is retried as often as tier and provider allow, and only within its step (F124)', async () => {
  const once = ask('server-error', { retries: 1 });
  await failure(once);
  expect(once.calls()).toBe(2);
  const never = ask('server-error', { stepMs: 5_000 }, { retryBackoffMs: 5_000 });
  await failure(never);
  expect(never.calls()).toBe(1);
});

test('the limits of a call come from the tier of the job and from its provider (F124)', () => {
  const policy = parsePolicy({
    environment: 'production',
    providers: {
      hosted: { baseUrl: 'https://hosted/v1' },
      house: { baseUrl: 'http://house/v1', retries: 0, callMs: 20_000 },
    },
  });
  const of = (tier: string, named?: string, limits: { timeoutMs?: 'none' } = {}) =>
    callLayers({ kind: 'chat', input: { model: 'm', provider: named }, tier, stream: true, limits }, policy);
  expect(of('mid')).toEqual({ tier: 'mid', callMs: 16_100, retries: 2, stepMs: 54_000 });
  expect(of('mid', 'house')).toEqual({ tier: 'mid', callMs: 20_000, retries: 0, stepMs: 54_000 });
  expect(of('free')).toEqual({ tier: 'free', callMs: 4_752, retries: 0, stepMs: 7_200 });
  expect(of('default')).toEqual({ tier: 'default', callMs: null, retries: 2, stepMs: null });
  // No limit for all calls of a model, but the provider's own limit of a call still applies (F23).
  expect(of('mid', 'house', { timeoutMs: 'none' })).toEqual({
    tier: 'mid',
    callMs: 20_000,
    retries: 0,
    stepMs: null,
  });
});
