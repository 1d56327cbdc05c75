import { expect, it } from 'vitest';
import { FetchWatch } from './fetch-watch.js';

const WEDGED_MS = 60_000;
const reply = Promise.resolve();

it('reports a request for a job that stays unanswered while Redis answers others (F94)', async () => {
  let nowMs = 0;
  const [busy, wedged] = [{ askingForMs: 0 }, { askingForMs: 0 }];
  const watch = new FetchWatch([busy, wedged], WEDGED_MS, () => nowMs);
  await watch.during(reply);
  nowMs = wedged.askingForMs = 59_000;
  expect(watch.problem()).toBeUndefined();
  nowMs = wedged.askingForMs = 61_000;
  expect(watch.problem()).toContain('asked for a job 61 s ago');
  wedged.askingForMs = 0;
  expect(watch.problem()).toBeUndefined();
});

it('reports nothing during an outage of Redis, nor for a while after it', async () => {
  let nowMs = 0;
  const asks = { askingForMs: 600_000 };
  const watch = new FetchWatch([asks], WEDGED_MS, () => nowMs);
  expect(watch.problem()).toBeUndefined();
  await watch.during(reply);
  nowMs = 50_000;
  await expect(watch.during(Promise.reject(new Error('away')))).rejects.toThrow('away');
  nowMs = 100_000;
  await watch.during(reply);
  expect(watch.problem()).toBeUndefined();
  nowMs = 159_000;
  await watch.during(reply);
  expect(watch.problem()).toBeUndefined();
  nowMs = 161_000;
  expect(watch.problem()).toBeDefined();
});
