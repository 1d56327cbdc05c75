import { expect, test } from 'vitest';
import { addGauge, createMetrics } from './metrics.js';

const TIMEOUT_MS = 30;

async function scrape(measure: () => Promise<{ labels: Record<'state', string>; value: number }[]>): Promise<string[]> {
  const registry = createMetrics('test');
  addGauge(registry, { name: 'jobs', help: 'Jobs.', labels: ['state'], timeoutMs: TIMEOUT_MS, measure });
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('jobs{'));
}

test('measures when it is asked, with the name of the process (F186)', async () => {
  const lines = await scrape(() => Promise.resolve([{ labels: { state: 'queued' }, value: 3 }]));
  expect(lines).toEqual(['jobs{state="queued",process="test"} 3']);
});

test('what cannot be measured, or not in time, is left out: none is not zero', async () => {
  expect(await scrape(() => Promise.reject(new Error('away')))).toEqual([]);
  expect(await scrape(() => new Promise(() => {}))).toEqual([]);
});

test('a value of the last scrape does not stay when its label is gone', async () => {
  const registry = createMetrics('test');
  const rounds = [[{ labels: { state: 'queued' }, value: 1 }], []];
  addGauge(registry, {
    name: 'jobs',
    help: 'Jobs.',
    labels: ['state'],
    timeoutMs: TIMEOUT_MS,
    measure: () => Promise.resolve(rounds.shift() ?? []),
  });
  expect(await registry.metrics()).toContain('jobs{');
  expect(await registry.metrics()).not.toContain('jobs{');
});
