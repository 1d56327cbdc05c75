import { recordingContext } from '@leeway/testkit';
import { describe, expect, it } from 'vitest';
import type { AgentResult } from './agent-event.js';
import { AgentStream } from './agent-stream.js';

/** Feeds these lines of an agent to a stream; `calls` are those that it made to the context. */
function readLines(lines: unknown[], { countThinking = true } = {}) {
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
  const calls = recording.calls.map(({ call, value }) => [call, value]).filter(([call]) => call !== 'waiting');
  return { ...recording, results, stream, calls };
}

const assistant = (...content: unknown[]) => ({ type: 'assistant', message: { content } });
const text = (value: string) => ({ type: 'text', text: value });
const thinking = (value: string) => assistant({ type: 'thinking', thinking: value });
const toolUse = (id: string, input: object = {}) => assistant({ type: 'tool_use', id, name: 'Bash', input });
const toolResult = (id: string) => ({
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
});
const delta = (value: string) => ({
  type: 'stream_event',
  event: { type: 'content_block_delta', delta: { type: 'text_delta', text: value } },
});

describe('AgentStream', () => {
  it('forwards the text of the events as output of the job', () => {
    const lines = [{ type: 'system', subtype: 'init' }, assistant(text('Hello')), assistant(text('World'))];
    expect(readLines(lines).output()).toBe('Hello\nWorld\n');
  });

  it('does not repeat a text that has come as deltas', () => {
    const lines = [delta('Hel'), delta('lo'), assistant(text('Hello')), assistant(text('again'))];
    expect(readLines(lines).output()).toBe('Hello\nagain\n');
  });

  it('takes neither system events nor empty ones for output or activity (F77, F78)', () => {
    expect(readLines([{ type: 'system' }, assistant(text('')), thinking(''), '{}']).calls).toEqual([]);
  });

  it('takes thinking for first output and activity only where the policy counts it (F77)', () => {
    const { calls } = readLines([thinking('Hm.'), thinking('So.')]);
    expect(calls.filter(([call]) => call !== 'streamPart')).toEqual([
      ['output', ''],
      ['activity', undefined],
      ['activity', undefined],
    ]);
    const uncounted = readLines([thinking('Hm.')], { countThinking: false });
    expect(uncounted.calls).toEqual([['streamPart', { kind: 'thinking', text: 'Hm.' }]]);
  });

  it('lets the tool clock run from the first tool to the end of the last one (F77)', () => {
    const lines = [toolUse('a'), toolUse('b'), toolResult('a'), toolResult('unknown'), toolResult('b')];
    expect(readLines(lines).values('tool')).toEqual([true, true, false]);
  });

  it('ends all tools with the closing event, and tracks a bounded number of them', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => toolUse(`t${index}`));
    const { values } = readLines([...many, { type: 'result', subtype: 'success' }]);
    expect(values('tool').filter(Boolean)).toHaveLength(64);
    expect(values('tool').at(-1)).toBe(false);
  });

  it('reports tool calls and their results as parts of the stream', () => {
    const { values } = readLines([toolUse('a', { command: 'ls' }), toolResult('a')]);
    expect(values('streamPart')).toEqual([
      { kind: 'tool', index: 0, name: 'Bash', arguments: '{"command":"ls"}' },
      { kind: 'tool_result', text: 'ok', failed: false },
    ]);
  });

  it('waits for a person from the event `waiting` until the next sign of work (F77)', () => {
    const { values } = readLines([{ type: 'waiting', reason: 'approval' }, assistant(text('Thanks.'))]);
    expect(values('waiting')).toEqual([
      { waits: true, reason: 'approval' },
      { waits: false, reason: undefined },
    ]);
  });

  it('forwards phases (F106)', () => {
    const { values } = readLines([{ type: 'phase', name: 'deeper analysis' }, { type: 'phase' }]);
    expect(values('phase')).toEqual(['deeper analysis', undefined]);
  });

  it('keeps the first closing event (F88)', () => {
    const { results, stream } = readLines([
      { type: 'result', subtype: 'success', num_turns: 2 },
      { type: 'result', is_error: true },
    ]);
    expect(stream.result).toMatchObject({ failed: false, turns: 2 });
    expect(results).toHaveLength(2);
  });

  it('forwards lines that are no events as output', () => {
    expect(readLines(['Warning: low disk', '', assistant(text('ok'))]).output()).toBe('Warning: low disk\nok\n');
  });
});
