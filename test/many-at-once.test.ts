import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePolicy, type WorkerInfo } from '@leeway/contract';
import { heldCommand, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLOTS = 50;
/** Longer than an attempt is left to a worker that does not renew its lease. */
const NOTICED_MS = 1.5 * parsePolicy().supervision.lostAfterMs;

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-many-'));
  stack = await startStack({ workers: 1, policy: { worker: { concurrency: SLOTS } } });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function worker(): Promise<WorkerInfo> {
  return (await stack.request('GET', '/v1/workers')).body.workers[0];
}

const start = (argv: string[], count: number) =>
  Promise.all(Array.from({ length: count }, () => stack.run(argv, { attempts: 1 })));

/** As many jobs run as there are slots, for so long that a lost one would have been noticed; each of them runs once. */
async function expectAllSlotsToWork(): Promise<void> {
  const held = heldCommand(folder);
  const jobs = await start(held.argv, SLOTS);
  await waitUntil(async () => (await worker()).running === SLOTS, { what: 'every slot to be taken' });
  await sleep(NOTICED_MS);
  held.release();
  for (const { id } of jobs)
    expect(await stack.waitFinal(id)).toMatchObject({
      state: 'succeeded',
      losses: 0,
      attempts: [{ outcome: 'succeeded' }],
    });
}

describe('a worker that runs fifty commands at once', () => {
  it('renews the leases of all of them, and none is taken from it (F95)', expectAllSlotsToWork);

  it('leaves one final state of each and every slot free when all are cancelled at the moment of their end (F86)', async () => {
    const jobs = await start(['sleep', '1'], SLOTS);
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
});
