import type { WorkerInfo } from '@leeway/contract';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SLOTS = 50;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ workers: 1, policy: { worker: { concurrency: SLOTS } } });
});
afterAll(() => stack?.stop());

async function worker(): Promise<WorkerInfo> {
  return (await stack.request('GET', '/v1/workers')).body.workers[0];
}

const start = (seconds: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => stack.run(['sleep', String(seconds)], { attempts: 1 })));

/** As many run as there are slots, and for so long that a lost worker would have been missed; each of them once. */
async function expectAllSlotsToWork(): Promise<void> {
  const jobs = await start(6, SLOTS);
  await waitUntil(async () => (await worker()).running === SLOTS, { what: 'every slot to be taken' });
  for (const { id } of jobs)
    expect(await stack.waitFinal(id)).toMatchObject({
      state: 'succeeded',
      losses: 0,
      attempts: [{ outcome: 'succeeded' }],
    });
}

test('fifty commands side by side are all vouched for: none is handed on (F95)', expectAllSlotsToWork);

test('cancels at the very moment of the end leave one final state each, and every slot free (F86)', async () => {
  const jobs = await start(1, SLOTS);
  await Promise.all(
    jobs.map(async ({ id }, i) => {
      const { startedAt } = await stack.waitJob(id, (job) => job.startedAt !== null);
      const cancelAt = Date.parse(startedAt ?? '') + 700 + i * 10;
      await waitUntil(() => Date.now() >= cancelAt, { what: 'the moment', everyMs: 5 });
      const { body } = await stack.request('POST', `/v1/jobs/${id}/cancel`, {});
      const { state, cause, error, attempts } = await stack.waitFinal(id);
      expect(attempts).toHaveLength(1);
      if (body.done === 'too_late')
        expect({ state, cause, error }).toEqual({ state: 'succeeded', cause: null, error: null });
      else
        expect({ state, cause, code: error?.code }).toEqual({
          state: 'cancelled',
          cause: 'cancelled',
          code: 'cancelled',
        });
    }),
  );
  await waitUntil(async () => (await worker()).running === 0, { what: 'every slot to be free' });
  await expectAllSlotsToWork();
});
