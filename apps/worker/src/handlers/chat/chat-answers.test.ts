import { parsePolicy } from '@leeway/contract';
import { recordingContext, startFakeProvider, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChatResult } from './model-answer.js';
import { createChatHandler } from './chat-handler.js';
import type { CallConstants } from './provider.js';

const TEXT = 'A queue that learns';
const PACE = { tokens: 4, firstTokenMs: 1, tokenMs: 1 };
let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());

interface Setup {
  model: string;
  settings?: object;
  constants?: Partial<CallConstants>;
  params?: object;
}

async function ask({ model, settings, constants, params }: Setup) {
  const policy = parsePolicy({ providers: { local: { baseUrl: provider.baseUrl, ...settings } } });
  const recording = recordingContext();
  const input = { model, messages: [{ role: 'user', content: 'Hello' }], params: { fake: PACE, ...params } };
  const result = (await createChatHandler({ policy, env: {}, constants }).run(input, recording.context)) as ChatResult;
  return { result, recording };
}

test('the result has text, model, finish reason, token counts and time to the first token (F78)', async () => {
  const { result, recording } = await ask({ model: 'steady' });
  expect(result).toEqual({
    text: TEXT,
    model: 'steady',
    finishReason: 'stop',
    usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    firstTokenMs: expect.any(Number),
  });
  expect(recording.values('output')).toEqual(['A', ' queue', ' that', ' learns']);
});

test.each(['whole', 'crlf', 'without-done'])('the answer of a server of the sort "%s" is read', async (model) => {
  const { result, recording } = await ask({ model });
  expect(result).toMatchObject({ text: TEXT, finishReason: 'stop' });
  expect(recording.output()).toBe(TEXT);
});

test('characters that are split between two chunks are joined', async () => {
  const { result } = await ask({ model: 'split-utf8' });
  expect(result.text).toBe('Blåbærsyltetøy 🫐 日本');
});

test('a delta with the role only, or an empty one, is no evidence of progress (F77)', async () => {
  const { recording } = await ask({ model: 'steady', params: { fake: { ...PACE, tokens: 1 } } });
  expect(recording.calls.map(({ call, value }) => [call, value])).toEqual([['output', 'A']]);
});

test('comments, keep-alives and empty deltas are no evidence of progress, however many arrive (F77)', async () => {
  provider.next(async (exchange) => {
    for (let round = 0; round < 20; round += 1) {
      await exchange.raw(': keep-alive\n\n');
      await exchange.delta({ role: 'assistant', content: '', reasoning_content: '', tool_calls: [] });
      await exchange.event({ choices: [] });
    }
    await exchange.delta({ content: 'at last' });
    await exchange.finish();
  });
  const { recording } = await ask({ model: 'any' });
  expect(recording.calls).toMatchObject([{ call: 'output', value: 'at last' }]);
});

test('thinking counts as first output and as activity, and is not part of the text (F77)', async () => {
  const { result, recording } = await ask({ model: 'thinking' });
  expect(result).toMatchObject({ text: TEXT, reasoning: TEXT });
  const evidence = recording.calls.filter(({ call }) => call !== 'streamPart');
  const before = evidence.findIndex(({ value }) => value === 'A');
  // The empty output stops the first-output clock and stores nothing.
  expect(evidence.slice(0, before)).toMatchObject([
    { call: 'output', value: '' },
    ...Array(4).fill({ call: 'activity' }),
  ]);
  expect(recording.output()).toBe(TEXT);
});

test('thinking is no evidence of progress where the policy sets countThinking to false (F77)', async () => {
  const { result, recording } = await ask({ model: 'thinking', settings: { countThinking: false } });
  expect(result.reasoning).toBe(TEXT);
  expect(recording.calls.find(({ call }) => call !== 'streamPart')).toMatchObject({ call: 'output', value: 'A' });
});

test('tool calls are joined from their pieces, which are evidence of progress (F77)', async () => {
  const { result, recording } = await ask({ model: 'tool-calls' });
  const call = (id: string, name: string) => ({
    id,
    type: 'function',
    function: { name, arguments: '{"city":"Bergen"}' },
  });
  expect(result).toMatchObject({
    text: '',
    finishReason: 'tool_calls',
    toolCalls: [call('call_0', 'weather'), call('call_1', 'time')],
  });
  expect(recording.values('activity')).toHaveLength(6);
  expect(recording.values('output')).toEqual(['']);
});

test('an answer that ended at the token limit succeeds with the finish reason "length"', async () => {
  const { result } = await ask({ model: 'token-limit' });
  expect(result).toMatchObject({ text: TEXT, finishReason: 'length' });
});

test('a server that keeps the connection open after its finish reason does not delay the answer (F88)', async () => {
  const { result } = await ask({ model: 'never-closes', constants: { closingMs: 10 } });
  expect(result).toMatchObject({ text: TEXT, finishReason: 'stop', usage: null });
});

test('an error after the finish reason does not undo the answer (F88)', async () => {
  provider.next(async (exchange) => {
    await exchange.delta({ content: 'complete' }, 'stop');
    await exchange.raw('data: {\n\n');
    await exchange.end();
  });
  const { result } = await ask({ model: 'any' });
  expect(result).toMatchObject({ text: 'complete', finishReason: 'stop' });
});

test('params go to the provider unchanged, beside the fields that are set for every request', async () => {
  await ask({ model: 'steady', params: { temperature: 0.5, tools: [{ type: 'function' }] } });
  expect(provider.requests.at(-1)?.body).toEqual({
    model: 'steady',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.5,
    tools: [{ type: 'function' }],
    fake: PACE,
  });
});

test('token counts are not requested where the policy sets streamUsage to false', async () => {
  const { result } = await ask({ model: 'steady', settings: { streamUsage: false } });
  expect(provider.requests.at(-1)?.body).not.toHaveProperty('stream_options');
  expect(result.usage).toBeNull();
});

test('the connection is closed after the answer', async () => {
  await ask({ model: 'steady' });
  await expect.poll(() => provider.connections.open()).toBe(0);
});
