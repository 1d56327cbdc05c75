import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnNode, startStack, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const API = fileURLToPath(new URL('../apps/api/', import.meta.url));

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

/** Runs the first program of a page, in a folder that has its packages. */
async function runExample(page: string): Promise<readonly string[]> {
  const text = readFileSync(new URL(`../docs/${page}`, import.meta.url), 'utf8');
  const code = /```js\n([\s\S]+?)```/.exec(text)?.[1];
  if (code === undefined) throw new Error(`${page} has no program`);
  const run = spawnNode(['--input-type=module', '-e', code], { cwd: API, env: { LEEWAY_URL: stack.api } });
  expect(await run.ended, run.lines.join('\n')).toEqual({ code: 0, signal: null });
  return run.lines;
}

test('the program in docs/mcp.md runs a command that takes longer than the call waits (F162)', async () => {
  const lines = await runExample('mcp.md');
  expect(lines.filter((line) => !line.startsWith('progress: '))).toEqual([
    'after one second: running',
    'succeeded: 42',
  ]);
  expect(lines).toContain('progress: finished');
});

test('the program in docs/websocket.md submits a job over a WebSocket and follows it to its end (F161)', async () => {
  const lines = await runExample('websocket.md');
  expect(lines[0]).toMatch(/^accepted, deadline after \d+ ms$/);
  expect(lines.slice(1)).toEqual(['submitted', 'started', 'output', 'attempt_ended', 'finished']);
});
