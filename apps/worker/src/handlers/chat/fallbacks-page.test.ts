import { readFileSync } from 'node:fs';
import { CIRCUIT_STATES, longestCallsMs, longestPauses, parsePolicy, type ProviderPolicy } from '@leeway/contract';
import { recordingContext, SCENARIOS, startFakeProvider, type FakeProvider } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createChatHandler } from './chat-handler.js';

const page = readFileSync(new URL('../../../../../docs/fallbacks.md', import.meta.url), 'utf8');

let provider: FakeProvider;
beforeAll(async () => {
  const steady = SCENARIOS['steady'] as (typeof SCENARIOS)[string];
  provider = await startFakeProvider({ models: { 'small-model': steady, 'large-model': steady } });
});
afterAll(() => provider.stop());

const policy = () => parsePolicy({ providers: { local: { baseUrl: provider.baseUrl } } });
const defaults = () => policy().providers['local'] as ProviderPolicy;

test('the example of docs/fallbacks.md gives the result on the page (F138, F141)', async () => {
  const busy = (exchange: Parameters<(typeof SCENARIOS)[string]>[0]) =>
    exchange.refuse({ status: 429, error: { message: 'slow down' }, headers: { 'retry-after': '1' } });
  const broken = SCENARIOS['server-error'] as (typeof SCENARIOS)[string];
  provider.next(broken, busy, broken);
  const handler = createChatHandler({ policy: policy(), env: {}, random: () => 0.5 });
  const messages = [{ role: 'user', content: 'Hello' }];
  const input = { model: 'large-model', fallback: ['small-model'], messages };
  const result = await handler.run(input, recordingContext().context);
  const documented = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
  expect(result).toMatchObject(JSON.parse(documented) as object);
});

test('the sums of docs/fallbacks.md are those of the default settings (F138)', () => {
  const pauses = longestPauses(defaults());
  expect(page).toContain(`at most ${pauses.join(' + ')} = ${longestCallsMs(defaults())} ms together`);
  const { retries } = defaults();
  const longestMs = longestCallsMs({ ...defaults(), callMs: 20_000 });
  expect(page.replaceAll(/\s+/g, ' ')).toContain(
    `take 20000 x (1 + ${retries}) + ${pauses.reduce((a, b) => a + b, 0)} = ${longestMs} ms`,
  );
});

test('the diagram in docs/fallbacks.md has every state of a circuit', () => {
  const drawn = /stateDiagram-v2\n(.*?)```/s.exec(page)?.[1] ?? '';
  const names = new Set([...drawn.matchAll(/(\w+) -->|--> (\w+)/g)].map((arrow) => arrow[1] ?? arrow[2]));
  expect(names).toEqual(new Set(CIRCUIT_STATES));
});
