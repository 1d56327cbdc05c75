import { expect, test } from 'vitest';
import { readChunk } from './completion-chunk.js';

function partsOf(delta: unknown) {
  return readChunk(JSON.stringify({ choices: [{ index: 0, delta }] })).parts;
}

test.each([
  ['text', { content: 'a' }, [{ kind: 'text', text: 'a' }]],
  ['a refusal', { refusal: 'no' }, [{ kind: 'refusal', text: 'no' }]],
  ['thinking under its first name', { reasoning_content: 'hm' }, [{ kind: 'thinking', text: 'hm' }]],
  ['thinking under its other name', { reasoning: 'hm' }, [{ kind: 'thinking', text: 'hm' }]],
  ['thinking under both names, once', { reasoning: 'hm', reasoning_content: 'hm' }, [{ kind: 'thinking', text: 'hm' }]],
  [
    'a piece of a tool call',
    { tool_calls: [{ index: 2, function: { arguments: '{' } }] },
    [{ kind: 'tool', index: 2, id: '', name: '', arguments: '{' }],
  ],
  ['nothing: only the role', { role: 'assistant' }, []],
  [
    'nothing: empty and null',
    { content: '', reasoning_content: null, tool_calls: [{ index: 0, function: { arguments: '' } }] },
    [],
  ],
  ['nothing: other types', { content: 7, refusal: {}, tool_calls: [null, 3, []] }, []],
  ['nothing: no delta', undefined, []],
])('readChunk reads %s', (_, delta, expected) => {
  expect(partsOf(delta)).toEqual(expected);
});

test('readChunk reads a whole answer, whose tool calls have no index', () => {
  const message = {
    content: 'a',
    tool_calls: [
      { id: '1', function: { name: 'f', arguments: '' } },
      { id: '2', function: { name: 'g', arguments: '' } },
    ],
  };
  const chunk = readChunk(
    JSON.stringify({ choices: [{ message, finish_reason: 'stop' }], usage: { total_tokens: 3 }, model: 'm-2026' }),
  );
  expect(chunk).toMatchObject({ finishReason: 'stop', usage: { total_tokens: 3 }, model: 'm-2026', error: null });
  expect(chunk.parts).toMatchObject([{ kind: 'text' }, { index: 0, name: 'f' }, { index: 1, name: 'g' }]);
});

test('readChunk reads only the first choice', () => {
  const choice = (index: number) => ({ index, delta: { content: String(index) }, finish_reason: `end ${index}` });
  expect(readChunk(JSON.stringify({ choices: [choice(1), choice(0)] }))).toMatchObject({
    parts: [{ text: '0' }],
    finishReason: 'end 0',
  });
});

test.each([
  ['{"error":{"message":"m","type":"t","code":"c"}}', { message: 'm', code: 'c' }],
  ['{"error":{"message":"m","code":null,"type":"t"}}', { message: 'm', code: 't' }],
  ['{"error":{"message":"m","code":429}}', { message: 'm', code: '429' }],
  ['{"error":"m"}', { message: 'm', code: '' }],
  ['{"error":{}}', { message: '', code: '' }],
  ['{"error":null}', null],
])('readChunk reads the error in %s', (json, expected) => {
  const { error } = readChunk(json);
  if (expected === null) expect(error).toBeNull();
  else expect(error).toMatchObject(expected);
});

test.each(['', '{', 'null', '[]', '"text"', '7'])('readChunk refuses a text that is no JSON object: %s', (json) => {
  expect(() => readChunk(json)).toThrow(expect.objectContaining({ code: 'malformed_stream' }));
});
