import { parsePolicy } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { expect, test } from 'vitest';
import { ColdStartTracker } from './cold-start-tracker.js';

const MINUTE_MS = 60_000;
const policy = parsePolicy({
  providers: {
    hosted: { baseUrl: 'https://hosted/v1' },
    house: { baseUrl: 'http://house/v1', startUpMs: 90_000 },
  },
});

function chat(model: string, provider?: string, label: string | null = null) {
  const input = { model, messages: [], ...(provider === undefined ? {} : { provider }) };
  return { kind: 'chat', input, jobClass: classify({ kind: 'chat', input, label }) };
}
const command = {
  kind: 'command',
  input: { argv: ['make'] },
  jobClass: classify({ kind: 'command', input: { argv: ['make'] } }),
};

test('a model is cold until it has had output on this worker, and again after a while (F127)', () => {
  const coldStarts = new ColdStartTracker(policy);
  expect(coldStarts.coldStart(chat('small'), 0)).toEqual({ allowanceMs: 30_000, everywhere: false });
  coldStarts.markWarm(chat('small'), 1_000);
  expect(coldStarts.coldStart(chat('small'), 1_000 + 5 * MINUTE_MS - 1)).toBeUndefined();
  expect(coldStarts.coldStart(chat('small'), 1_000 + 5 * MINUTE_MS)).toBeDefined();
});

test('a model is warm for any label, and cold under another name or at another provider', () => {
  const coldStarts = new ColdStartTracker(policy);
  coldStarts.markWarm(chat('small', undefined, 'nightly'), 0);
  expect(coldStarts.coldStart(chat('small', 'hosted'), 1)).toBeUndefined();
  expect(coldStarts.coldStart(chat('large'), 1)).toBeDefined();
  expect(coldStarts.coldStart(chat('small', 'house'), 1)).toEqual({ allowanceMs: 90_000, everywhere: true });
});

test('a kind without a first-output clock gets no time to start', () => {
  expect(new ColdStartTracker(policy).coldStart(command, 0)).toBeUndefined();
});

test('removes cold names when there are many', () => {
  const coldStarts = new ColdStartTracker(policy);
  for (let i = 0; i < 1_000; i += 1) coldStarts.markWarm(chat(`m${i}`), 0);
  coldStarts.markWarm(chat('late'), 6 * MINUTE_MS);
  expect(coldStarts).toHaveProperty('warmAtMs.size', 1);
});
