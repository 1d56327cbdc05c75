import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFERENCE_DOCS } from '../../scripts/reference-docs.js';

const TOP = new URL('../../../../', import.meta.url);

test.each(Object.entries(REFERENCE_DOCS))(
  '%s is up to date with the code (to update it: pnpm --filter @leeway/api run docs)',
  (path, content) => {
    expect(readFileSync(new URL(path, TOP), 'utf8')).toBe(content());
  },
);
