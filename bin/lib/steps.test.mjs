import { expect, test } from 'vitest';
import { step } from './steps.mjs';

function output() {
  const lines = [];
  return { lines, write: (text) => lines.push(text) };
}

test('a quick step is one line with its note', async () => {
  const out = output();
  expect(await step('Build', async (note) => (note('up to date'), 42), { out })).toBe(42);
  expect(out.lines).toHaveLength(1);
  expect(out.lines[0]).toMatch(/^✓ Build: up to date \(0\.\d s\)\n$/);
});

test('a step that fails is marked, and its error is rethrown', async () => {
  const out = output();
  const failing = step('Build', () => Promise.reject(new Error('no')), { out });
  await expect(failing).rejects.toThrow('no');
  expect(out.lines[0]).toMatch(/^✗ Build/);
});
