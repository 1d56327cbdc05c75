import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobClient, type JobClient } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, signalled, startCluster } from './chaos/cluster.js';
import { submissionOf } from './chaos/submission-of.js';
import type { Manner } from './chaos/workload-plan.js';

/** Shorter than a grace and the window of the watchdog would be from the deadline on, were the loop not to be waited for. */
const SUPERVISION = { graceMs: 200, loopFrozenMs: 10_000 };
const HELD_MS = 7_000;
const DEADLINE_MS = 1_500;

let folder: string;
let cluster: Cluster;
let client: JobClient;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-held-'));
  mkdirSync(join(folder, 'facts'));
  cluster = await startCluster({ folder, workers: 2, policy: { supervision: SUPERVISION } });
  client = createJobClient(cluster.api);
});
afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(manner: Manner, work: { forMs: number; timeoutMs: number }): Promise<string> {
  const { forMs, timeoutMs } = work;
  const planned = { key: manner, atMs: 0, manner, forMs, control: null, options: { timeoutMs, attempts: 1 } };
  const { id } = await client.submit(submissionOf(planned, join(folder, 'facts')));
  await client.waitJob(id, ({ attempts }) => attempts[0]?.deadlineAt != null);
  return id;
}

describe('a handler that holds the event loop of its worker', () => {
  it('does not make others run a second copy of what its worker cannot end yet (F94, F95)', async () => {
    // Both on one worker: the other one takes nothing while it stands still, and then watches.
    const watching = cluster.worker(1).process;
    await signalled(watching, 'SIGSTOP');
    const command = await start('deaf_command', { forMs: 0, timeoutMs: DEADLINE_MS });
    await start('blocking', { forMs: HELD_MS, timeoutMs: 60_000 });
    await signalled(watching, 'SIGCONT');

    const job = await client.waitFinal(command);
    expect(job).toMatchObject({ state: 'failed', cause: 'deadline', losses: 0 });
    expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['stopped']);
  });
});
