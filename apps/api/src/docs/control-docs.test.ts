import { readFileSync } from 'node:fs';
import { controlReplySchema } from '@leeway/contract';
import { expect, test } from 'vitest';
import { ROUTES } from '../route-table.js';

const page = readFileSync(new URL('../../../../docs/control.md', import.meta.url), 'utf8');

test('docs/control.md explains every value of `done`, and no other', () => {
  const [, section = ''] = page.split('## What the reply means');
  const rows = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell as string);
  const explained = rows.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, value]) => value as string));
  expect(explained.filter((value) => value !== 'done').sort()).toEqual(
    [...controlReplySchema.shape.done.options].sort(),
  );
});

test('docs/control.md names every call that controls a job', () => {
  const ofJob = ROUTES.filter((route) => route.scope === 'control' && route.path.startsWith('/v1/jobs/'));
  const control = ofJob.map(({ method, path }) => `${method} ${path}`);
  expect(control.length).toBeGreaterThan(0);
  for (const call of control) expect(page).toContain(`\`${call.replace('{id}', ':id')}\``);
});
