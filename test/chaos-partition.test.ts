import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJobClient, type JobClient, waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canBeApart, type Cluster, startCluster } from './chaos/cluster.js';
import type { CutKind } from './chaos/nemesis-plan.js';
import { type ProcessWatch, watchProcesses } from './chaos/process-watch.js';
import { submissionOf } from './chaos/submission-of.js';

let folder: string;
let cluster: Cluster;
let client: JobClient;
let watch: ProcessWatch;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-partition-'));
  mkdirSync(join(folder, 'facts'));
  // On one machine the leash of the next attempt would end the last one, and hide what is looked for.
  cluster = await startCluster({ folder, workers: 2, apart: true, policy: { supervision: {} } });
  client = createJobClient(cluster.api);
  watch = watchProcesses();
});
afterEach(async () => {
  watch.stop();
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const TAKEN_OVER_MS = 15_000;
/** Longer than two looks at all processes. */
const LOOKS_MS = 500;

/** A command that does not even end on SIGTERM, and must not run twice at once. */
async function submitDeaf(): Promise<string> {
  const options = { timeoutMs: 60_000, overlap: 'forbid' };
  const planned = { key: 'partition', atMs: 0, manner: 'deaf_command', forMs: 0, control: null, options } as const;
  return (await client.submit(submissionOf(planned, join(folder, 'facts')))).id;
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

/** The workers do not know their real process ids here; what they print tells who is who. */
function slotOf(worker: string): number {
  return cluster.lives.find(({ process }) => process.lines.some((line) => line.includes(worker)))?.slot ?? -1;
}

describe.skipIf(!canBeApart()).each<CutKind>(['hold', 'reset', 'half_open'])(
  'a worker that is cut off from Redis (%s)',
  (how) => {
    it('has ended what must not overlap before another worker begins it (F94)', async () => {
      const id = await submitDeaf();
      const { attempts } = await client.waitJob(id, (job) => job.attempts[0]?.deadlineAt != null);
      await waitUntil(() => lastSeen(`${id}.1`) > 0, { what: 'its process' });

      cluster.proxies[slotOf(attempts[0]?.worker ?? '')]?.cut(how);

      const taken = await client.waitJob(id, (job) => job.attempts.length === 2, TAKEN_OVER_MS);
      const openedAt = Date.parse(taken.attempts[1]?.startedAt ?? '');
      await waitUntil(() => Date.now() > openedAt + LOOKS_MS, { what: 'a few more looks' });
      expect(lastSeen(`${id}.1`)).toBeLessThanOrEqual(openedAt);
    });
  },
);
