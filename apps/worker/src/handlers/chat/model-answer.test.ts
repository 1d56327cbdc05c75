import { expect, test } from 'vitest';
import { ModelAnswer } from './model-answer.js';
import type { ChatPart } from './completion-chunk.js';

const NOTHING = { parts: [], finishReason: null, usage: null, model: null, error: null };

function answered(maxBytes: number, ...parts: ChatPart[]): ModelAnswer {
  const answer = new ModelAnswer({ model: 'm', maxBytes });
  for (const part of parts) answer.add({ ...NOTHING, parts: [part] });
  return answer;
}

const text = (value: string): ChatPart => ({ kind: 'text', text: value });
const thought = (value: string): ChatPart => ({ kind: 'thinking', text: value });
const tool = (index: number, part: { id?: string; name?: string; arguments?: string }): ChatPart => ({
  kind: 'tool',
  index,
  id: '',
  name: '',
  arguments: '',
  ...part,
});

test('the pieces of each tool call are joined, and the calls are in the order of their index', () => {
  const answer = answered(
    1_000,
    tool(1, { id: 'b', name: 'g' }),
    tool(0, { id: 'a', name: 'f' }),
    tool(1, { arguments: '{}' }),
    tool(0, { id: 'again', arguments: '1' }),
  );
  const call = (id: string, name: string, args: string) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  });
  expect(answer.result().toolCalls).toEqual([call('a', 'f', '1'), call('b', 'g', '{}')]);
});

test('the first finish reason and the last token counts are kept', () => {
  const answer = answered(10);
  answer.add({ ...NOTHING, usage: { total_tokens: 1 } });
  answer.add({ ...NOTHING, finishReason: 'length', usage: { total_tokens: 2 } });
  answer.add({ ...NOTHING, finishReason: 'stop' });
  expect(answer.result()).toMatchObject({ finishReason: 'length', usage: { total_tokens: 2 } });
});

test('a more exact name of the model, given by the provider, is part of the result', () => {
  const answer = answered(10);
  answer.add({ ...NOTHING, model: 'm-2026-11' });
  expect(answer.result()).toMatchObject({ model: 'm', reportedModel: 'm-2026-11' });
});

test.each([
  ['text, counted in bytes', () => answered(6, text('éé'), text('é!'))],
  ['tool calls', () => answered(200, tool(0, { arguments: 'x'.repeat(200) }))],
  [
    'tool calls with nothing in them',
    () => answered(200, ...Array.from({ length: 10 }, (_, index) => tool(index, { id: 'x' }))),
  ],
])('an answer beyond the limit is refused: %s (F85)', (_, build) => {
  expect(build).toThrow(expect.objectContaining({ code: 'answer_too_large' }));
});

test('an answer of exactly the limit is kept', () => {
  expect(answered(6, text('éé'), text('é')).result().text).toBe('ééé');
});

test('thinking beyond the limit is cut and marked, and the answer continues (F85)', () => {
  const answer = answered(4, thought('abc'), thought('de'), thought('f'), text('answ'));
  expect(answer.result()).toMatchObject({ reasoning: 'abc', reasoningCut: true, text: 'answ' });
});
