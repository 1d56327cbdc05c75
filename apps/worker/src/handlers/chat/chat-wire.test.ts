import type { HandlerError } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, startFakeProvider, waitUntil, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChatResult } from './model-answer.js';
import { createChatHandler } from './chat-handler.js';

/** Faults of servers, and of the proxies before them, in the bytes of an answer. */

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

function ask(model: string) {
  const recording = recordingContext();
  const local = { baseUrl: provider.baseUrl, retries: 0 };
  const policy = parsePolicy({ providers: { local }, retention: { resultBytes: 40_000 } });
  const messages = [{ role: 'user', content: 'Hello' }];
  const input = { model, messages, params: { fake: { tokens: 2, firstTokenMs: 1, tokenMs: 1 } } };
  const ended = createChatHandler({ policy, env: {}, constants: { closingMs: 50 } }).run(
    input,
    recording.context,
  ) as Promise<ChatResult>;
  return { recording, ended };
}

const closed = () => waitUntil(() => provider.connections.open() === 0, { what: 'the connection to close' });

test.each([
  ['closes its side without a byte', 'closes-at-once', 'provider_unreachable', 'no answer from the provider'],
  ['closes its side in the middle of a chunk', 'half-closed', 'stream_cut', 'the connection broke'],
  ['announces more than it sends', 'short-body', 'stream_cut', 'the connection broke before the answer was complete'],
  ['does not speak HTTP', 'not-http', 'provider_unreachable', 'HPE_'],
  ['compresses although the request forbids it', 'gzip', 'malformed_stream', 'without content encoding; got gzip'],
  ['sends one event that is larger than any answer may be', 'huge-event', 'malformed_stream', 'longer than'],
  ['answers 204', 'no-content', 'malformed_stream', 'answered 204'],
])(
  'when a server %s the call fails with that reason and its connection is closed (F91)',
  async (_, model, code, text) => {
    const error = (await ask(model).ended.catch((reason: unknown) => reason)) as HandlerError;
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(text)]);
    await closed();
  },
);

test.each([
  ['sends [DONE] twice', 'done-twice', 'A queue'],
  ['sends more after [DONE]', 'trailing-data', 'A queue'],
  ['sends bytes that are not UTF-8', 'invalid-utf8', 'A\uFFFDqueue'],
  ['begins with 103 Early Hints', 'early-hints', 'A queue'],
])('when a server %s the answer counts and its connection is closed', async (_, model, text) => {
  expect(await ask(model).ended).toMatchObject({ text, finishReason: 'stop' });
  await closed();
});

test.each(['slow-headers', 'drip'])(
  'the connection to a server that answers byte by byte can be closed at any byte: %s (F87)',
  async (model) => {
    const { recording, ended } = ask(model);
    const before = provider.requests.length;
    await waitUntil(() => provider.requests.length > before - 1 && provider.connections.open() === 1, {
      what: 'the call',
    });
    recording.abort('first_output');
    expect(await ended).toMatchObject({ text: '', finishReason: null });
    await closed();
    expect(recording.calls).toEqual([]);
  },
);
