import { parsePolicy } from '@leeway/contract';
import { recordingContext, startFakeProvider, waitUntil, type FakeProvider } from '@leeway/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChatResult } from './model-answer.js';
import { createChatHandler } from './chat-handler.js';

let provider: FakeProvider;
beforeEach(async () => {
  provider = await startFakeProvider();
});
afterEach(() => provider.stop());

function begin(model: string, fallback: string[] = []) {
  const recording = recordingContext();
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local: { baseUrl: provider.baseUrl } } }),
    env: {},
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const input = { model, messages, fallback, params: { fake: { firstTokenMs: 1, tokenMs: 1 } } };
  return { recording, ended: handler.run(input, recording.context) as Promise<ChatResult> };
}

const closed = () => waitUntil(() => provider.connections.open() === 0, { what: 'the connection to close' });

test('an abort in the middle of an answer closes the connection and keeps the partial answer (F87, F89)', async () => {
  const { recording, ended } = begin('stall');
  await waitUntil(() => recording.output() === 'A queue that', { what: 'the stall' });
  recording.abort();
  expect(await ended).toMatchObject({ text: 'A queue that', finishReason: null, usage: null });
  await closed();
});

test.each(['never-answers', 'keep-alive-only', 'empty-deltas'])(
  'an abort before the first token closes the connection: %s (F87)',
  async (model) => {
    const { recording, ended } = begin(model);
    await waitUntil(() => provider.requests.length === 1, { what: 'the request' });
    recording.abort();
    expect(await ended).toMatchObject({ text: '', model, firstTokenMs: null });
    await closed();
    expect(recording.calls).toEqual([]);
  },
);

test('an abort while the body of an error response hangs closes the connection', async () => {
  const { recording, ended } = begin('error-never-ends');
  await waitUntil(() => provider.requests.length === 1, { what: 'the request' });
  recording.abort();
  expect(await ended).toMatchObject({ text: '' });
  await closed();
});

test('an attempt that was aborted before its start sends no request', async () => {
  const recording = recordingContext();
  recording.abort();
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local: { baseUrl: provider.baseUrl } } }),
    env: {},
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  expect(await handler.run({ model: 'steady', messages }, recording.context)).toMatchObject({
    text: '',
    finishReason: null,
  });
  expect(provider.connections.all).toHaveLength(0);
});

test('after an abort no other model is called (F87)', async () => {
  const { recording, ended } = begin('stall', ['steady']);
  await waitUntil(() => recording.output() !== '', { what: 'the first token' });
  recording.abort();
  expect((await ended).model).toBe('stall');
  expect(provider.requests.map((request) => request.model)).toEqual(['stall']);
});
