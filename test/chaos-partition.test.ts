import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobClient, type JobClient, waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canUseNamespaces, type Cluster, startCluster } from './chaos/cluster.js';
import type { CutKind } from './chaos/nemesis-plan.js';
import { type ProcessWatch, watchProcesses } from './chaos/process-watch.js';
import { submissionOf } from './chaos/submission-of.js';

let folder: string;
let cluster: Cluster;
let client: JobClient;
let watch: ProcessWatch;
async function begin(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'leeway-partition-'));
  mkdirSync(join(folder, 'journals'));
  // On one machine the leash of the next attempt would end the attempt before, and hide a second copy.
  cluster = await startCluster({ folder, workers: 2, namespaces: true, policy: { supervision: {} } });
  client = createJobClient(cluster.api);
  watch = watchProcesses();
}
async function end(): Promise<void> {
  watch?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const TAKEN_OVER_MS = 15_000;
/** Longer than the watch takes to see every process twice. */
const SEEN_TWICE_MS = 500;

/** A command that ignores SIGTERM, and must not run twice at once. */
async function submitUnstoppable(): Promise<string> {
  const options = { timeoutMs: 60_000, overlap: 'forbid' };
  const planned = {
    key: 'partition',
    atMs: 0,
    behaviour: 'ignores_sigterm',
    forMs: 0,
    control: null,
    options,
  } as const;
  return (await client.submit(submissionOf(planned, join(folder, 'journals')))).id;
}

/** When a process of the attempt was last seen, in epoch ms; 0: never. */
function lastSeen(attempt: string): number {
  return Math.max(
    0,
    ...watch
      .sightings()
      .filter((seen) => seen.attempt === attempt)
      .map(({ lastAt }) => lastAt),
  );
}

/** In their namespaces the workers do not know their real process ids; their logs have the ids that they use. */
function slotOf(worker: string): number {
  return (
    cluster.workerProcesses.find(({ process }) =>
      process.lines.some((line) => line.includes('worker_ready') && line.includes(worker)),
    )?.slot ?? -1
  );
}

describe.skipIf(!canUseNamespaces())('a worker that is cut off from Redis', () => {
  beforeAll(begin);
  afterAll(end);

  it.each<CutKind>(['hold', 'reset', 'half_open'])(
    'has killed a command that must not overlap before another worker starts it: connections cut by %s (F94)',
    async (how) => {
      const id = await submitUnstoppable();
      const { attempts } = await client.waitJob(id, (job) => job.attempts[0]?.deadlineAt != null);
      await waitUntil(() => lastSeen(`${id}.1`) > 0, { what: 'its process' });

      const proxy = cluster.proxies[slotOf(attempts[0]?.worker ?? '')];
      proxy?.cut(how);
      try {
        const taken = await client.waitJob(id, (job) => job.attempts.length === 2, TAKEN_OVER_MS);
        const startedAt = Date.parse(taken.attempts[1]?.startedAt ?? '');
        await waitUntil(() => Date.now() > startedAt + SEEN_TWICE_MS, { what: 'the watch to look again' });
        expect(lastSeen(`${id}.1`)).toBeLessThanOrEqual(startedAt);
      } finally {
        proxy?.heal();
      }
      await client.request('POST', `/v1/jobs/${id}/cancel`);
      await client.waitFinal(id);
    },
  );
});
