import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFERENCE_DOCS } from '../../scripts/reference-docs.js';

const TOP = new URL('../../../../', import.meta.url);
const MOST_SETTINGS = 99;

test.each(Object.entries(REFERENCE_DOCS))(
  '%s is up to date with the code (to update it: pnpm --filter @leeway/api run docs)',
  (path, content) => {
    expect(readFileSync(new URL(path, TOP), 'utf8')).toBe(content());
  },
);

test('docs/policy.md has fewer than 100 settings, so that an operator finds those that matter', () => {
  const [, ...subjects] = readFileSync(new URL('docs/policy.md', TOP), 'utf8').split(/^## /m).slice(1);
  const settings = subjects.join('').match(/^\| `[^`]+` \|/gm) ?? [];
  expect(settings.length).toBeLessThanOrEqual(MOST_SETTINGS);
  expect(new Set(settings).size).toBe(settings.length);
});
