import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRuleBreaks } from './source-rules.mjs';

let root;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'leeway-rules-'));
  for (const folder of ['packages', 'apps']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

function breaksOf(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  return findRuleBreaks(root).breaks;
}

test('a rule is broken: the file, the line and the rule are named', () => {
  const breaks = breaksOf('apps/api/src/verbs/a.ts', "const a = 1;\nimport { Redis } from 'ioredis';\n");
  expect(breaks).toEqual(['apps/api/src/verbs/a.ts:2: only packages/queue talks to Redis or BullMQ']);
});

test.each([
  ['packages/queue/src/redis/connection.ts', "import { Redis } from 'ioredis';"],
  ['apps/api/src/main.ts', 'const env = process.env;'],
  ['apps/api/src/a.test.ts', 'const env = process.env;'],
  ['packages/queue/src/a.ts', 'const now = Date.now();'],
  ['apps/api/src/a.ts', '// reads process.env? no'],
  ['apps/api/src/a.ts', 'setTimeout(() => process.exit(1), LIMIT_MS);'],
  ['apps/api/src/a.ts', 'setTimeout(next, 0);'],
  ['apps/api/src/a.ts', 'const hint = "setTimeout(f, 500)"; // setTimeout(f, 500)'],
])('%s may say: %s', (file, text) => {
  expect(breaksOf(file, text)).toEqual([]);
});

test.each([
  ['apps/api/src/a.ts', 'const env = process.env;'],
  ['apps/api/src/a.ts', "import { startRedis } from '@leeway/testkit';"],
  ['packages/estimator/src/a.ts', 'const now = Date.now();'],
  ['apps/api/src/a.ts', 'setTimeout(() => stop(), 5_000);'],
  ['apps/api/src/a.ts', 'setInterval(\n  look,\n  250,\n);'],
  ['apps/api/src/a.ts', 'await sleep(1.5 * beatMs);'],
  ['apps/api/src/a.ts', 'fetch(url, { signal: AbortSignal.timeout(2000) });'],
])('%s may not say: %s (F14)', (file, text) => {
  expect(breaksOf(file, text)).toHaveLength(1);
});
