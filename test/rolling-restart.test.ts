import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type Stack } from '@leeway/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';

const WORKERS = 2;
const SUBMIT_EVERY_MS = 80;

let folder: string;
let stack: Stack | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-rolling-'));
});
afterEach(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Submits one job after the other, each of which records that it ran, until it is stopped. */
function load(s: Stack) {
  const ids: string[] = [];
  let stopped = false;
  const runsOf = (i: number) => join(folder, `runs-${i}`);
  const feeding = (async () => {
    while (!stopped) {
      const job = await s.run(['sh', '-c', 'echo run >> "$0"; sleep 0.3', runsOf(ids.length)]);
      ids.push(job.id);
      await sleep(SUBMIT_EVERY_MS);
    }
  })();
  return {
    ids,
    runsOf,
    stop: () => {
      stopped = true;
      return feeding;
    },
  };
}

it('a rolling restart of all workers under load loses no job and runs none twice (F94)', async () => {
  const s = (stack = await startStack({ workers: WORKERS, policy: { worker: { concurrency: 4 } } }));
  const { ids, runsOf, stop } = load(s);
  for (const old of s.workers.slice(0, WORKERS)) {
    await s.addWorker();
    expect((await old.term()).code).toBe(0);
  }
  await stop();
  const used = new Set<string | undefined>();
  for (const [i, id] of ids.entries()) {
    const ended = await s.waitFinal(id);
    expect(ended).toMatchObject({ state: 'succeeded', losses: 0, attempts: [{ outcome: 'succeeded' }] });
    expect(readFileSync(runsOf(i), 'utf8')).toBe('run\n');
    used.add(ended.attempts[0]?.worker);
  }
  // Old and new workers ran some: the load was there all the time.
  expect(used.size).toBeGreaterThan(WORKERS);
});
