import { expect, test } from 'vitest';
import { addGauge, createMetrics } from './metrics.js';

const TIMEOUT_MS = 30;

async function scrape(measure: () => Promise<{ labels: Record<'state', string>; value: number }[]>): Promise<string[]> {
  const registry = createMetrics('test');
  addGauge(registry, { name: 'jobs', help: 'Jobs.', labels: ['state'], timeoutMs: TIMEOUT_MS, measure });
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('jobs{'));
}

test('a gauge is measured at each scrape and labelled with the process (F186)', async () => {
  const lines = await scrape(() => Promise.resolve([{ labels: { state: 'queued' }, value: 3 }]));
  expect(lines).toEqual(['jobs{state="queued",process="test"} 3']);
});

test('a gauge whose measurement fails or is late has no value in that scrape', async () => {
  expect(await scrape(() => Promise.reject(new Error('away')))).toEqual([]);
  expect(await scrape(() => new Promise(() => {}))).toEqual([]);
});

test('a label of the previous scrape disappears when it is not measured again', async () => {
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
