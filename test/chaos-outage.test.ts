import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobClient, heldCommand, type JobClient } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './chaos/cluster.js';

/** Locks of BullMQ that expire soon, so that a short outage is as bad as a long one. */
const LOCKS = { lockMs: 1_000 };
const AWAY_MS = 2_500;
/** Several looks for stalled jobs after Redis is back. */
const AFTER_MS = 1_500;
const JOBS = 6;

let folder: string;
let cluster: Cluster;
let client: JobClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-outage-'));
  cluster = await startCluster({ folder, workers: 2, policy: { supervision: LOCKS } });
  client = createJobClient(cluster.api);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const OUTAGES = [
  { how: 'frozen', begin: async () => cluster.redis.freeze(), end: async () => cluster.redis.thaw() },
  { how: 'killed with -9', begin: () => cluster.redis.kill9(), end: () => cluster.redis.restart() },
];

describe.each(OUTAGES)('a Redis that is $how for longer than the locks in it last', ({ begin, end }) => {
  it('takes no running job from its worker (F94, F95)', async () => {
    const held = heldCommand(folder);
    const submitted = await Promise.all(Array.from({ length: JOBS }, () => client.run(held.argv)));
    for (const { id } of submitted) await client.waitJob(id, ({ state }) => state === 'running');

    await begin();
    await sleep(AWAY_MS);
    await end();
    await sleep(AFTER_MS);
    held.release();

    for (const { id } of submitted) {
      const job = await client.waitFinal(id, 60_000);
      expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    }
  });
});
