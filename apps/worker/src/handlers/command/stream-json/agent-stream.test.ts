import { recordingContext } from '@leeway/testkit';
import { describe, expect, it } from 'vitest';
import type { AgentResult } from './agent-event.js';
import { AgentStream } from './agent-stream.js';

/** An agent that has printed these lines, and what a job noticed of it. */
function heard(lines: unknown[], { countThinking = true } = {}) {
  const recording = recordingContext();
  const results: AgentResult[] = [];
  const stream = new AgentStream({
    context: recording.context,
    countThinking,
    maxLineChars: 10_000,
    onResult: (result) => results.push(result),
  });
  for (const line of lines) stream.push(Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
  stream.end();
  return { ...recording, results, stream, said: recording.calls.map(({ call, value }) => [call, value]) };
}

const says = (...content: unknown[]) => ({ type: 'assistant', message: { content } });
const text = (words: string) => ({ type: 'text', text: words });
const thinks = (words: string) => says({ type: 'thinking', thinking: words });
const uses = (id: string, input: object = {}) => says({ type: 'tool_use', id, name: 'Bash', input });
const returns = (id: string) => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
});
const delta = (words: string) => ({
  type: 'stream_event',
  event: { type: 'content_block_delta', delta: { type: 'text_delta', text: words } },
});

describe('the stream of an agent', () => {
  it('becomes the output of the job, without its frame', () => {
    expect(heard([{ type: 'system', subtype: 'init' }, says(text('Hello')), says(text('World'))]).output()).toBe(
      'Hello\nWorld\n',
    );
  });

  it('does not say twice what deltas have said', () => {
    expect(heard([delta('Hel'), delta('lo'), says(text('Hello')), says(text('again'))]).output()).toBe(
      'Hello\nagain\n',
    );
  });

  it('counts from the first event that means something; system events and empty ones never count (F77, F78)', () => {
    expect(
      heard([{ type: 'system' }, says(text('')), thinks(''), '{}']).said.filter(([call]) => call !== 'waiting'),
    ).toEqual([]);
  });

  it('counts thinking or does not, as the policy says (F77)', () => {
    const { said } = heard([thinks('Hm.'), thinks('So.')]);
    expect(said.filter(([call]) => call === 'output' || call === 'activity')).toEqual([
      ['output', ''],
      ['activity', 'token'],
      ['activity', 'token'],
    ]);
    const silent = heard([thinks('Hm.')], { countThinking: false });
    expect(silent.said.filter(([call]) => call !== 'waiting')).toEqual([['heard', { kind: 'thinking', text: 'Hm.' }]]);
  });

  it('lets the tool clock run from the first tool to the end of the last one (F77)', () => {
    const { values } = heard([uses('a'), uses('b'), returns('a'), returns('unknown'), returns('b')]);
    expect(values('tool')).toEqual([true, true, false]);
  });

  it('ends tools with its result, and holds few of them however many it names', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => uses(`t${index}`));
    const { values } = heard([...many, { type: 'result', subtype: 'success' }]);
    expect(values('tool').filter(Boolean)).toHaveLength(64);
    expect(values('tool').at(-1)).toBe(false);
  });

  it('tells of tools, for whoever reads it', () => {
    const { values } = heard([uses('a', { command: 'ls' }), returns('a')]);
    expect(values('heard')).toEqual([
      { kind: 'tool', index: 0, name: 'Bash', arguments: '{"command":"ls"}' },
      { kind: 'tool_result', text: 'ok', failed: false },
    ]);
  });

  it('waits for a person until it says so or works again (F77)', () => {
    const { values } = heard([{ type: 'waiting', reason: 'approval' }, says(text('Thanks.'))]);
    expect(values('waiting')).toEqual([
      { waits: true, reason: 'approval' },
      { waits: false, reason: undefined },
    ]);
  });

  it('passes on its phases (F106)', () => {
    expect(heard([{ type: 'phase', name: 'deeper analysis' }, { type: 'phase' }]).values('phase')).toEqual([
      'deeper analysis',
      undefined,
    ]);
  });

  it('is done once, with its first result (F88)', () => {
    const { results, stream } = heard([
      { type: 'result', subtype: 'success', num_turns: 2 },
      { type: 'result', is_error: true },
    ]);
    expect(stream.result).toMatchObject({ failed: false, turns: 2 });
    expect(results).toHaveLength(2);
  });

  it('may hold lines that are no events: they are output', () => {
    expect(heard(['Warning: low disk', '', says(text('ok'))]).output()).toBe('Warning: low disk\nok\n');
  });
});
