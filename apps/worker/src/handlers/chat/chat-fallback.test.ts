import type { HandlerError } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, startFakeProvider, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChatHandler } from './chat-handler.js';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

function ask(models: string[], recording = recordingContext()) {
  const [model, ...fallback] = models;
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local: { baseUrl: provider.baseUrl, retries: 0 } } }),
    env: {},
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  return handler.run(
    { model, messages, fallback, params: { fake: { tokens: 2, firstTokenMs: 1, tokenMs: 1 } } },
    recording.context,
  );
}

test('the next model answers, and the result lists the models that failed before it (F141)', async () => {
  const recording = recordingContext();
  expect(await ask(['server-error', 'rate-limit', 'steady'], recording)).toMatchObject({
    text: 'A queue',
    model: 'steady',
    fallbacks: [
      { model: 'server-error', code: 'provider_error', message: expect.stringContaining('500') },
      { model: 'rate-limit', code: 'rate_limited' },
    ],
  });
  expect(recording.values('progress')).toEqual([
    { model: 'rate-limit', after: 'server-error', code: 'provider_error' },
    { model: 'steady', after: 'rate-limit', code: 'rate_limited' },
  ]);
});

test('after a token no other model is called in this attempt: its answer would be mixed with that token (F89, F141)', async () => {
  const recording = recordingContext();
  const error = (await ask(['cut', 'steady'], recording).catch((reason: unknown) => reason)) as HandlerError;
  expect(error).toMatchObject({ code: 'stream_cut', result: { text: 'A queue that', model: 'cut' } });
  expect(recording.output()).toBe('A queue that');
  expect(provider.requests.at(-1)?.model).toBe('cut');
});

test('no other model is called when the request itself is wrong (F141)', async () => {
  await expect(ask(['wrong-request', 'steady'])).rejects.toMatchObject({ code: 'provider_rejected' });
  expect(provider.requests.at(-1)?.model).toBe('wrong-request');
});

test('no other model is called when no time remains (F111)', async () => {
  await expect(ask(['server-error', 'steady'], recordingContext({ deadlineInMs: -1 }))).rejects.toMatchObject({
    code: 'provider_error',
  });
  expect(provider.requests.at(-1)?.model).toBe('server-error');
});

test('when all models have failed the error is the last one, lists the others, and has the shortest wait (F138, F141)', async () => {
  const error = (await ask(['rate-limit', 'overloaded', 'rate-limit-silent']).catch(
    (reason: unknown) => reason,
  )) as HandlerError;
  expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 2_000 });
  expect(error.result).toMatchObject({
    model: 'rate-limit-silent',
    fallbacks: [{ model: 'rate-limit' }, { model: 'overloaded' }],
  });
  expect(error.message).toMatch(/answered 429.*; before it rate-limit \(rate_limited\), overloaded \(provider_error\)/);
});
