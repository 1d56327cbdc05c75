import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobClient, type JobClient } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, signalled, startCluster } from './chaos/cluster.js';
import { submissionOf } from './chaos/submission-of.js';
import type { Behaviour } from './chaos/workload-plan.js';

/** A main loop may be blocked for longer than here. */
const SUPERVISION = { graceMs: 200, loopFrozenMs: 10_000 };
/** Longer than deadline, grace and the time without a lease after which a job is lost. */
const BLOCKED_MS = 5_500;
const DEADLINE_MS = 1_500;

let folder: string;
let cluster: Cluster;
let client: JobClient;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-blocked-loop-'));
  mkdirSync(join(folder, 'journals'));
  cluster = await startCluster({ folder, workers: 2, policy: { supervision: SUPERVISION } });
  client = createJobClient(cluster.api);
});
afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(behaviour: Behaviour, work: { forMs: number; timeoutMs: number }): Promise<string> {
  const { forMs, timeoutMs } = work;
  const planned = { key: behaviour, atMs: 0, behaviour, forMs, control: null, options: { timeoutMs, attempts: 1 } };
  const { id } = await client.submit(submissionOf(planned, join(folder, 'journals')));
  await client.waitJob(id, ({ attempts }) => attempts[0]?.deadlineAt != null);
  return id;
}

describe('a handler that blocks the main loop of its worker', () => {
  it('makes no other worker run a second copy of a command that its worker cannot end meanwhile (F94, F95)', async () => {
    // The other worker takes no job while it is stopped, and then watches.
    const watching = cluster.worker(1).process;
    await signalled(watching, 'SIGSTOP');
    const command = await start('ignores_sigterm', { forMs: 0, timeoutMs: DEADLINE_MS });
    await start('blocking', { forMs: BLOCKED_MS, timeoutMs: 60_000 });
    await signalled(watching, 'SIGCONT');

    const job = await client.waitFinal(command);
    expect(job).toMatchObject({ state: 'failed', cause: 'deadline', losses: 0 });
    expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['stopped']);
  });
});
