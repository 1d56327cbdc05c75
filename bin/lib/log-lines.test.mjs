import { expect, test } from 'vitest';
import { createLogWriter } from './log-lines.mjs';

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

function written(line, isTTY) {
  let text = '';
  createLogWriter({ out: { isTTY, write: (chunk) => (text += chunk) } })('worker-1', line);
  // oxlint-disable-next-line no-control-regex -- colours and cursor movements are what is taken away
  return text.replace(/\r|\u001b\[\d*[A-Za-z]/g, '');
}

test('in a terminal: time, process, level, message, then what else there is', () => {
  expect(written(LINE, true)).toBe('03:04:05.678 worker-1   warn  Redis is gone tookMs=12 why="no answer"\n');
});

test('elsewhere a line stays JSON and says where it comes from', () => {
  expect(JSON.parse(written(LINE, false))).toEqual({ from: 'worker-1', ...JSON.parse(LINE) });
});

test.each(['Error: boom', '{not json}', '{"half":'])('what is not JSON gets a prefix: %s', (line) => {
  expect(written(line, true)).toBe(`worker-1 | ${line}\n`);
});

test('an empty line is left out', () => {
  expect(written('  ', false)).toBe('');
});
