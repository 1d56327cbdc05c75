import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@leeway/contract';
import { createJobClient } from '@leeway/testkit';
import { startCluster } from '../cluster.js';

export interface Outage {
  jobs: number;
  /** Jobs that did not succeed with their first attempt. */
  disturbed: string[];
  /** From the end of the outage until the last of them was final, in ms. */
  settledAfterMs: number;
}

const WORKERS = 3;
const JOBS = 12;
const BEFORE_MS = 3_000;
/** Some end while Redis is away, some after. */
const LONGEST_MS = 15_000;

/** Takes Redis away under healthy jobs, by freezing or by killing it, and counts those that were disturbed. */
export async function measureOutage({
  folder,
  outageMs,
  how,
}: {
  folder: string;
  outageMs: number;
  how: 'freeze' | 'kill';
}): Promise<Outage> {
  const cluster = await startCluster({ folder, workers: WORKERS, policy: {} });
  const client = createJobClient(cluster.api);
  try {
    const takesMs = (i: number) => BEFORE_MS + ((outageMs + LONGEST_MS) * i) / JOBS;
    const submitted = await Promise.all(
      Array.from({ length: JOBS }, (_, i) =>
        client.run(['sleep', String(takesMs(i) / 1_000)], { timeoutMs: 3_600_000, attempts: 1 }),
      ),
    );
    for (const { id } of submitted) await client.waitJob(id, ({ state }) => state === 'running');
    await sleep(BEFORE_MS);
    if (how === 'freeze') cluster.redis.freeze();
    else await cluster.redis.kill9();
    await sleep(outageMs);
    if (how === 'freeze') cluster.redis.thaw();
    else await cluster.redis.restart();
    const backAt = Date.now();
    const jobs = await Promise.all(submitted.map(({ id }) => client.waitFinal(id, 120_000)));
    return {
      jobs: jobs.length,
      disturbed: jobs.filter((job) => job.state !== 'succeeded' || job.attempts.length > 1).map(describeJob),
      settledAfterMs: Math.max(...jobs.map(({ finishedAt }) => Date.parse(finishedAt ?? ''))) - backAt,
    };
  } finally {
    await cluster.stop();
  }
}

function describeJob({ id, state, cause, attempts }: Job): string {
  return `${id} ${state} ${cause ?? ''}: ${attempts.map(({ outcome }) => outcome).join(', ')}`;
}
