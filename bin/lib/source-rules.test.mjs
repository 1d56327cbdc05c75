import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRuleBreaks } from './source-rules.mjs';

let root;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'leeway-rules-'));
  for (const folder of ['packages', 'apps', 'bin', 'test', 'bench', 'examples']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

function breaksOf(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
  return findRuleBreaks(root).breaks;
}

describe('the source rules', () => {
  it('report file, line and the better word for an old word in an identifier', () => {
    expect(breaksOf('apps/api/src/a.ts', 'const a = 1;\nconst theDoor = a;\n')).toEqual([
      'apps/api/src/a.ts:2: "door" in theDoor is an old word; use: AttemptStore, fenced write',
    ]);
  });

  it.each([
    ['packages/queue/scripts/jobs/a.lua', 'local handed_back = 1'],
    ['packages/queue/scripts/jobs/a.lua', "local bull = P .. ':bull:' .. queue"],
    ['bin/lib/a.mjs', 'export function handedBack() {}'],
    ['test/a.test.ts', 'const HANDED_BACK = 1;'],
    ['apps/api/src/a.ts', 'setTimeout(() => stop(), 5_000);'],
    ['apps/api/src/a.ts', 'setInterval(\n  look,\n  250,\n);'],
    ['apps/api/src/a.ts', 'await sleep(1.5 * beatMs);'],
    ['apps/api/src/a.ts', 'fetch(url, { signal: AbortSignal.timeout(2000) });'],
  ])('refuse in %s: %s (F14)', (file, text) => {
    expect(breaksOf(file, text)).toHaveLength(1);
  });

  it.each([
    ['apps/api/src/a.ts', '// the door, put_back\nconst text = "door"; /* doorbell */'],
    ['apps/api/src/a.ts', 'const indoors = outdoor;'],
    ['packages/queue/scripts/jobs/a.lua', '-- the :bull: keys and the door'],
    ['packages/queue/scripts/jobs/a.lua', '--[[\n  the door, and :bull:\n]]\nreturn 1'],
    ['apps/api/src/a.ts', 'setTimeout(() => process.exit(1), LIMIT_MS);'],
    ['apps/api/src/a.ts', 'setTimeout(next, 0);'],
    ['apps/api/src/a.test.ts', 'setTimeout(next, 10);'],
    ['apps/api/src/a.ts', 'const hint = "setTimeout(f, 500)"; // setTimeout(f, 500)'],
  ])('accept in %s: %s', (file, text) => {
    expect(breaksOf(file, text)).toEqual([]);
  });
});
