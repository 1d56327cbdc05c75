import { readFileSync } from 'node:fs';
import { ERRORS, parsePolicy } from '@leeway/contract';
import { parseKeys, SCOPES } from '@leeway/runtime';
import { expect, test } from 'vitest';
import { ROUTES } from '../route-table.js';

const page = readFileSync(new URL('../../../../docs/access.md', import.meta.url), 'utf8');

test('the example key file in docs/access.md is valid', () => {
  const example = /```json\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
  // The SHA-256 of "test".
  expect(parseKeys(JSON.parse(example), Object.keys(parsePolicy().tiers)).find('test')).toMatchObject({
    name: 'nightly',
    tenant: 'research',
  });
});

test('docs/access.md names every scope, and every call that needs no key', () => {
  for (const scope of SCOPES) expect(page).toContain(`\`${scope}\`:`);
  for (const code of ['host_not_allowed', 'origin_not_allowed']) {
    expect(page).toContain(code);
    expect(ERRORS).toHaveProperty(code);
  }
  const open = ROUTES.filter((route) => route.scope === null && !route.path.startsWith('/docs/')).map(
    (route) => route.path,
  );
  for (const path of open) expect(page).toContain(`\`${path}\``);
});
