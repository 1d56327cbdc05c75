import { readFileSync } from 'node:fs';
import { HISTORY_FILE, observationSchema } from '@leeway/contract';
import { METRICS } from '@leeway/estimator';
import { expect, test } from 'vitest';
import { isExported } from '../routes/history/export-text.js';

const page = readFileSync(new URL('../../../../docs/history.md', import.meta.url), 'utf8');
const section = (title: string) => page.split(/^## /m).find((text) => text.startsWith(title)) ?? '';
const firstColumn = (text: string) => [...text.matchAll(/^\| `([a-z]+)` \|/gim)].map(([, name]) => name);

test('docs/history.md names every metric, and every field of a line', () => {
  expect(firstColumn(section('What is kept'))).toEqual([...METRICS]);
  expect(new Set(firstColumn(section('Export')))).toEqual(new Set(Object.keys(observationSchema.shape)));
});

test('the example in docs/history.md can be imported', () => {
  const [first, second] = [...section('Export').matchAll(/^ {4}(\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? ''));
  expect(first).toMatchObject(HISTORY_FILE);
  expect(observationSchema.safeParse(second).success).toBe(true);
});

test('an import accepts every metric that an export contains', () => {
  expect(observationSchema.shape.metric.options).toEqual(METRICS.filter(isExported));
});
