import { afterEach, expect, test } from 'vitest';
import { waitUntil } from '../wait-until.js';
import { SCENARIOS, startFakeProvider, type FakeProvider, type FakeProviderOptions } from './fake-provider.js';

let provider: FakeProvider | undefined;
afterEach(() => provider?.stop());

async function start(options?: FakeProviderOptions): Promise<FakeProvider> {
  provider = await startFakeProvider(options);
  return provider;
}

function ask(body: object, init: RequestInit = {}): Promise<Response> {
  const messages = [{ role: 'user', content: 'Hello' }];
  return fetch(`${provider?.baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ messages, ...body }),
    ...init,
  });
}

test('a streamed answer is chunks, the finish reason, the token counts and [DONE]', async () => {
  await start();
  const stream = {
    model: 'steady',
    stream: true,
    stream_options: { include_usage: true },
    fake: { tokens: 2, tokenMs: 0 },
  };
  const events = (await (await ask(stream)).text())
    .trim()
    .split('\n\n')
    .map((event) => event.replace('data: ', ''));
  expect(events.pop()).toBe('[DONE]');
  const chunks = events.map(
    (event) => JSON.parse(event) as { choices: { delta: object; finish_reason: string | null }[]; usage?: object },
  );
  expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
    { role: 'assistant', content: '' },
    { content: 'A' },
    { content: ' queue' },
    {},
    undefined,
  ]);
  expect(chunks[3]?.choices[0]?.finish_reason).toBe('stop');
  expect(chunks[4]?.usage).toMatchObject({ completion_tokens: 2 });
});

test('a request without stream gets one body, and the models are listed', async () => {
  const { baseUrl } = await start({ models: { 'my-model': async (exchange) => exchange.whole({}) } });
  expect(await (await ask({ model: 'steady' })).json()).toMatchObject({
    object: 'chat.completion',
    choices: [{ finish_reason: 'stop' }],
  });
  const list = (await (await fetch(`${baseUrl}/models`)).json()) as { data: { id: string }[] };
  expect(list.data.map((model) => model.id)).toEqual(expect.arrayContaining(['steady', 'my-model']));
});

test('the log of connections shows when a client closes one in the middle of an answer', async () => {
  const { connections } = await start();
  const leaving = new AbortController();
  const response = await ask({ model: 'stall', stream: true }, { signal: leaving.signal });
  await response.body?.getReader().read();
  expect(connections.all[0]).toMatchObject({ requests: 1, closedAt: null });
  leaving.abort();
  // Not `open() === 0`: fetch opens a spare connection when it loses one.
  const closedAt = await waitUntil(() => connections.all[0]?.closedAt, { what: 'the connection to close' });
  expect(closedAt).toBeGreaterThan(connections.all[0]?.openedAt as number);
});

test('queued answers come first, whatever model a request names', async () => {
  const { next } = await start();
  next(SCENARIOS['rate-limit'] as (typeof SCENARIOS)[string]);
  const refused = await ask({ model: 'steady' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await ask({ model: 'steady' })).status).toBe(200);
});

test('an unknown model, a wrong key and a body that is not JSON are refused as a real provider does', async () => {
  await start({ key: 'right' });
  expect((await ask({ model: 'steady' })).status).toBe(401);
  const headers = { authorization: 'Bearer right' };
  expect((await ask({ model: 'no-such-model' }, { headers })).status).toBe(404);
  expect((await ask({ model: 'constructor' }, { headers })).status).toBe(404);
  expect((await ask({}, { headers, body: '{' })).status).toBe(400);
});
