import { type HandlerError, forbidsRetry } from '@leeway/supervision';
import { parsePolicy } from '@leeway/contract';
import { recordingContext, startFakeProvider, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChatHandler } from './chat-handler.js';

const KEY = 'local-secret-of-the-operator';
let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

interface Setup {
  policy?: object;
  env?: Record<string, string>;
  input?: object;
}

async function fail(model: string, { policy, env = { MODEL_KEY: KEY }, input }: Setup = {}) {
  const settings = { baseUrl: provider.baseUrl, apiKeyEnv: 'MODEL_KEY', retries: 0 };
  const recording = recordingContext();
  const handler = createChatHandler({
    policy: parsePolicy({ providers: { local: settings }, ...policy }),
    env,
    constants: { closingMs: 50 },
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const error = await handler
    .run({ model, messages, params: { fake: { firstTokenMs: 1, tokenMs: 1 } }, ...input }, recording.context)
    .then(
      () => expect.fail(`${model} did not fail`),
      (reason: unknown) => reason as HandlerError,
    );
  return { error, recording };
}

test.each([
  [
    'server-error',
    'provider_error',
    'provider',
    'provider "local": the provider answered 500: The server had an error.',
  ],
  ['error-never-ends', 'provider_error', 'provider', 'answered 500'],
  ['error-in-stream', 'provider_error', 'provider', 'The engine ran out of memory.'],
  ['cut', 'stream_cut', 'provider', 'the stream ended before the answer was complete'],
  ['only-done', 'stream_cut', 'provider', 'the stream ended before its first token'],
  ['reset', 'stream_cut', 'provider', 'the connection broke before the answer was complete (ECONNRESET)'],
  ['malformed', 'malformed_stream', 'provider', 'expected a JSON object in the stream; got "{\\"choices\\"'],
  [
    'html',
    'malformed_stream',
    'provider',
    'expected an event stream from the provider; got the content type text/html',
  ],
  ['endless-line', 'malformed_stream', 'provider', 'longer than'],
  ['rate-limit-silent', 'rate_limited', 'provider', 'answered 429: Rate limit reached'],
  ['usage-limit', 'usage_limit', 'usage_limit', 'You exceeded your current quota'],
])('a failure that may pass leaves the job another attempt: %s (F91)', async (model, code, cause, message) => {
  const { error } = await fail(model);
  expect({ code: error.code, cause: error.cause, again: !forbidsRetry(error) }).toEqual({ code, cause, again: true });
  expect(error.message).toContain(message);
});

test.each([
  ['wrong-request', 'provider_rejected', "answered 400: Unknown parameter: 'temprature'."],
  ['wrong-key', 'provider_auth', 'answered 401: Incorrect API key provided'],
  ['forbidden', 'provider_auth', 'answered 403: Your country is not supported.'],
  ['no-such-model', 'provider_not_found', "answered 404: The model 'no-such-model' does not exist"],
  ['redirect', 'provider_rejected', 'answered 307 with a redirect, which is not followed'],
])('a failure that cannot pass fails the job for good: %s (F91)', async (model, code, message) => {
  const { error } = await fail(model);
  expect({ code: error.code, again: !forbidsRetry(error) }).toEqual({ code, again: false });
  expect(error.message).toContain(message);
});

test.each([
  ['rate-limit', 7_000],
  ['rate-limit-dated', 30_000],
  ['overloaded', 2_000],
  ['rate-limit-silent', undefined],
])('the error has the wait that the provider asked for: %s (F138)', async (model, retryAfterMs) => {
  const { error } = await fail(model);
  expect(error.retryAfterMs).toBe(retryAfterMs);
});

test('the part of the answer that arrived before the failure is kept (F89)', async () => {
  const { error } = await fail('cut');
  expect(error.result).toMatchObject({ text: 'A queue that', finishReason: null, model: 'cut' });
});

test('an address where no server listens: the error names the reason, not the address', async () => {
  const gone = await startFakeProvider();
  await gone.stop();
  const { error } = await fail('steady', { policy: { providers: { local: { baseUrl: gone.baseUrl, retries: 0 } } } });
  expect(error).toMatchObject({
    code: 'provider_unreachable',
    cause: 'provider',
    message: 'provider "local": no answer from the provider (ECONNREFUSED)',
  });
});

test('a server without TLS at an https address: the error names the TLS failure', async () => {
  const { error } = await fail('steady', {
    policy: { providers: { local: { baseUrl: provider.baseUrl.replace('http:', 'https:'), retries: 0 } } },
  });
  expect(error).toMatchObject({
    code: 'provider_unreachable',
    message: expect.stringMatching(/\((EPROTO|ERR_SSL_\w+)\)$/),
  });
});

test('an answer that never stops growing is cut off at the limit (F85)', async () => {
  const policy = { providers: { local: { baseUrl: provider.baseUrl } }, retention: { resultBytes: 40_000 } };
  const { error } = await fail('ten-megabytes', { policy });
  expect(error).toMatchObject({ code: 'answer_too_large', result: { text: 'x'.repeat(32_768) } });
  expect(forbidsRetry(error)).toBe(true);
  await expect.poll(() => provider.connections.open()).toBe(0);
});

test.each([
  ['an HTML page', 'text/html', 'malformed_stream'],
  ['a body without end', 'application/json', 'answer_too_large'],
])('%s is not read to its end, and its connection is closed (F85)', async (_, type, code) => {
  provider.next((exchange) =>
    exchange.refuse({ status: 200, error: 'x'.repeat(100_000), headers: { 'content-type': type }, unfinished: true }),
  );
  const policy = { providers: { local: { baseUrl: provider.baseUrl } }, retention: { resultBytes: 40_000 } };
  expect((await fail('any', { policy })).error.code).toBe(code);
  await expect.poll(() => provider.connections.open()).toBe(0);
});

test('the secret is sent, and appears in no error, log or result (F190)', async () => {
  const { error, recording } = await fail('wrong-key', { input: { fallback: ['steady'] } });
  expect(provider.requests.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(error.message).toContain('Incorrect API key provided: Bearer [hidden]');
  expect(JSON.stringify([error, error.message, error.stack, recording.calls])).not.toContain(KEY);
});

test.each([
  ['is not set', {}],
  ['is not set', { MODEL_KEY: '  ' }],
  ['holds spaces', { MODEL_KEY: 'two words' }],
])('a key that %s: the error names the variable and nothing is sent', async (message, env) => {
  const before = provider.requests.length;
  const { error } = await fail('steady', { env });
  expect(error.code).toBe('api_key_missing');
  expect(error.message).toMatch(new RegExp(`MODEL_KEY ${message}`));
  expect(provider.requests).toHaveLength(before);
});

test.each([
  [
    'a provider that is not in the policy',
    { provider: 'constructor' },
    'unknown_provider',
    'no provider "constructor" in the policy; it has: local',
  ],
  ['an empty list of messages', { messages: [] }, 'invalid_input', '/messages: '],
  [
    'params that are set for you',
    { params: { stream: false, n: 2 } },
    'invalid_input',
    '/params/stream: is set by Leeway; leave it out; got false; /params/n: is set by Leeway',
  ],
])('an input with %s is refused (F93)', async (_, input, code, message) => {
  const { error } = await fail('steady', { input });
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(forbidsRetry(error)).toBe(true);
});
