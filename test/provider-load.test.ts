import type { Job } from '@leeway/contract';
import { SCENARIOS, startFakeProvider, startStack, waitUntil, type FakeProvider, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const WORKERS = 2;
const CALLS_EACH = 5;

let provider: FakeProvider;
let stack: Stack;
beforeAll(async () => {
  provider = await startFakeProvider();
  const local = { baseUrl: provider.baseUrl, concurrency: CALLS_EACH, retryBackoffMs: 20 };
  stack = await startStack({ workers: WORKERS, policy: { providers: { local }, limits: { backoffMs: 20 } } });
});
afterAll(async () => {
  await stack?.stop();
  await provider?.stop();
});

/** The most connections that were open in the same moment. */
function mostAtOnce({ connections }: FakeProvider): number {
  const moments = connections.all.flatMap(({ openedAt, closedAt }) => [
    { at: openedAt, by: 1 },
    { at: closedAt ?? Infinity, by: -1 },
  ]);
  let open = 0;
  return Math.max(...moments.toSorted((a, b) => a.at - b.at || a.by - b.by).map(({ by }) => (open += by)));
}

test('under load every job ends as its own answer does, and no worker makes more calls at once than the policy allows (F75, F138, F147)', async () => {
  const flaky = SCENARIOS['steady'] as (typeof SCENARIOS)[string];
  let turns = 0;
  // Every third call fails, as on a server with too much to do.
  provider.on('flaky', async (exchange) => {
    turns += 1;
    await (turns % 3 === 0 ? exchange.refuse({ status: 503, error: 'busy' }) : flaky(exchange));
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  const params = { fake: { tokens: 20, firstTokenMs: 60, tokenMs: 10 } };
  const ask = (model: string, more: object = {}): Promise<Job> =>
    stack.submit({ kind: 'chat', input: { model, messages, params }, attempts: 2, ...more });
  const kinds: [model: string, more: object][] = [
    ['steady', {}],
    ['flaky', {}],
    ['thinking', {}],
    ['stall', { limits: { idleMs: 400 }, attempts: 1 }],
    ['keep-alive-only', { limits: { firstOutputMs: 400 }, attempts: 1 }],
    ['whole', {}],
  ];
  const asked = await Promise.all(
    Array.from({ length: 48 }, async (_, n) => {
      const [model, more] = kinds[n % kinds.length] as [string, object];
      return { model, id: (await ask(model, more)).id };
    }),
  );
  const ended = await Promise.all(
    asked.map(async ({ model, id }) => ({ model, job: await stack.waitFinal(id, 90_000) })),
  );
  for (const { model, job } of ended) {
    const cause = model === 'stall' ? 'idle' : model === 'keep-alive-only' ? 'first_output' : null;
    expect({ model, state: job.state, cause: job.cause }).toEqual({
      model,
      state: cause === null ? 'succeeded' : 'failed',
      cause,
    });
  }
  await waitUntil(() => provider.connections.open() === 0, { what: 'all connections to close' });
  // The server sees a connection close a moment after its worker has closed it and taken the next job.
  expect(mostAtOnce(provider)).toBeLessThan(WORKERS * CALLS_EACH + CALLS_EACH);
  expect(mostAtOnce(provider)).toBeGreaterThan(CALLS_EACH);
});
