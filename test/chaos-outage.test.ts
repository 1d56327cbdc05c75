import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobClient, type JobClient } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './chaos/cluster.js';

/** Locks of BullMQ that run out soon, so that a short outage is as bad as a long one. */
const LOCKS = { lockMs: 1_000, stalledCheckMs: 500 };
const AWAY_MS = 2_500;
const WORK_S = 6;
const JOBS = 6;

let folder: string;
let cluster: Cluster;
let client: JobClient;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-outage-'));
  cluster = await startCluster({ folder, workers: 2, policy: { supervision: LOCKS } });
  client = createJobClient(cluster.api);
});
afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

const OUTAGES = [
  { how: 'frozen', begin: async () => cluster.redis.freeze(), end: async () => cluster.redis.thaw() },
  { how: 'killed with -9', begin: () => cluster.redis.kill9(), end: () => cluster.redis.restart() },
];

describe.each(OUTAGES)('a Redis that is $how for longer than the locks in it last', ({ begin, end }) => {
  it('takes no job from the worker that runs it (F94, F95)', async () => {
    const submitted = await Promise.all(Array.from({ length: JOBS }, () => client.run(['sleep', String(WORK_S)])));
    for (const { id } of submitted) await client.waitJob(id, ({ state }) => state === 'running');

    await begin();
    await sleep(AWAY_MS);
    await end();

    for (const { id } of submitted) {
      const job = await client.waitFinal(id, 60_000);
      expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    }
  });
});
