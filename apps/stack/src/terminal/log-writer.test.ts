import { describe, expect, it } from 'vitest';
import { createLogWriter } from './log-writer.js';

const LINE = JSON.stringify({
  level: 'warn',
  time: '2026-01-02T03:04:05.678Z',
  process: 'worker',
  pid: 7,
  event: 'redis_gone',
  tookMs: 12,
  why: 'no answer',
  msg: 'Redis is gone',
});

function written(line: string, { isTTY, colours = false }: { isTTY: boolean; colours?: boolean }): string {
  let text = '';
  createLogWriter({ out: { isTTY, write: (chunk) => (text += chunk) }, colours })('worker-1', line);
  return text.replace('\r\u001b[2K', '');
}

describe('a line of a process', () => {
  it('becomes time, process, level, message and details in a terminal', () => {
    expect(written(LINE, { isTTY: true })).toBe(
      '03:04:05.678 worker-1   warn  Redis is gone tookMs=12 why="no answer"\n',
    );
  });

  it('has a coloured level where colours are on', () => {
    expect(written(LINE, { isTTY: true, colours: true })).toContain('\u001b[33mwarn  Redis is gone\u001b[0m');
  });

  it('stays JSON outside a terminal, with the name of its process', () => {
    expect(JSON.parse(written(LINE, { isTTY: false }))).toEqual({ from: 'worker-1', ...JSON.parse(LINE) });
  });

  it.each(['Error: boom', '{not json}', '{"half":'])('that is not JSON gets a prefix: %s', (line) => {
    expect(written(line, { isTTY: true })).toBe(`worker-1 | ${line}\n`);
  });

  it('that is empty is left out', () => {
    expect(written('  ', { isTTY: false })).toBe('');
  });
});
