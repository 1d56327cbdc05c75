import { describe, expect, it } from 'vitest';
import { readAgentEvent } from './agent-event.js';

const read = (event: unknown) => readAgentEvent(JSON.stringify(event));
const assistant = (...content: unknown[]) => ({ type: 'assistant', message: { role: 'assistant', content } });

describe('readAgentEvent', () => {
  it('reads text, thinking and tool uses in their order', () => {
    expect(
      read(
        assistant(
          { type: 'thinking', thinking: 'Let me see.' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 't1', name: 'Read', input: { path: 'a' } },
        ),
      ),
    ).toEqual([
      { kind: 'thinking', text: 'Let me see.', whole: true },
      { kind: 'text', text: 'I look.', whole: true },
      { kind: 'tool_use', id: 't1', name: 'Read', arguments: '{"path":"a"}' },
    ]);
  });

  it('reads the result of a tool', () => {
    const content = [{ type: 'tool_result', tool_use_id: 't1', content: 'not there', is_error: true }];
    expect(read({ type: 'user', message: { content } })).toEqual([
      { kind: 'tool_result', id: 't1', text: 'not there', failed: true },
    ]);
  });

  it.each([
    [{ type: 'text_delta', text: 'He' }, [{ kind: 'text', text: 'He', whole: false }]],
    [{ type: 'thinking_delta', thinking: 'Hm' }, [{ kind: 'thinking', text: 'Hm', whole: false }]],
    [{ type: 'input_json_delta', partial_json: '{"a' }, [{ kind: 'tool_piece' }]],
    [{ type: 'text_delta', text: '' }, []],
    [{ type: 'signature_delta', signature: 'x' }, []],
  ])('reads the delta %j', (delta, facts) => {
    expect(read({ type: 'stream_event', event: { type: 'content_block_delta', delta } })).toEqual(facts);
  });

  it('finds nothing in an empty event, a system event or one of an unknown type (F77)', () => {
    for (const event of [
      assistant({ type: 'text', text: '' }, { type: 'thinking', thinking: '' }),
      { type: 'system', subtype: 'init' },
      { type: 'keep_alive' },
      { type: 'assistant' },
      { type: 'assistant', message: { content: [null, 5, { type: 'image' }] } },
      {},
    ])
      expect(read(event)).toEqual([]);
  });

  it.each(['plain text', '5', '"text"', '[1]', 'null', '{"type":"assis'])(
    'returns undefined for a line that is no JSON object: %s',
    (line) => {
      expect(readAgentEvent(line)).toBeUndefined();
    },
  );

  it('reads the closing event, with token counts and costs', () => {
    const usage = { input_tokens: 10, output_tokens: 20 };
    expect(
      read({ type: 'result', subtype: 'success', result: 'Done.', num_turns: 3, total_cost_usd: 0.02, usage }),
    ).toEqual([
      {
        kind: 'result',
        result: { failed: false, subtype: 'success', text: 'Done.', turns: 3, usage, costUsd: 0.02 },
      },
    ]);
  });

  it('reads a closing event that reports a failure', () => {
    for (const bad of [{ is_error: true }, { subtype: 'error_max_turns' }])
      expect(read({ type: 'result', ...bad })).toMatchObject([{ result: { failed: true, usage: null, turns: null } }]);
  });

  it('keeps a bounded part of a huge closing event', () => {
    const huge = 'x'.repeat(1_000_000);
    const [fact] = read({ type: 'result', subtype: huge, result: huge, usage: { huge }, num_turns: '3' }) ?? [];
    expect(JSON.stringify(fact).length).toBeLessThan(64 * 1024);
    expect(fact).toMatchObject({ result: { usage: null, turns: null } });
  });

  it('reads the events of Leeway: waiting, resumed, phase', () => {
    expect(read({ type: 'waiting', reason: 'approval' })).toEqual([{ kind: 'waiting', reason: 'approval' }]);
    expect(read({ type: 'resumed' })).toEqual([{ kind: 'resumed' }]);
    expect(read({ type: 'phase', name: 'deeper analysis' })).toEqual([{ kind: 'phase', name: 'deeper analysis' }]);
    expect(read({ type: 'phase' })).toEqual([{ kind: 'phase', name: undefined }]);
  });
});
