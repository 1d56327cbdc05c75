import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt, Job } from '@leeway/contract';
import { createJobClient, type JobClient } from '@leeway/testkit';
import { type Cluster, startCluster } from '../cluster.js';
import { logAround } from '../worker-log.js';
import { SPINNING_ARGV, SPINNING_LANES } from './spinning.js';

export interface Saturation {
  jobs: number;
  /** Jobs that lost an attempt although no worker was attacked. */
  requeued: string[];
  notSucceeded: string[];
  /** Logs of the workers around each loss. */
  logs: string[];
  /** Number of handlers that blocked the main loop of a worker. */
  pauses: number;
}

const WORKERS = 3;
const PAUSE_EVERY_MS = 5_000;
/** Just below the pause that a worker tolerates. */
const PAUSE_MS = 1_900;

/**
 * Keeps every processor busy beyond its capacity, blocks the main loops of the workers now and then, and counts the healthy
 * attempts that were requeued.
 */
export async function measureSaturation(options: {
  folder: string;
  journals: string;
  seconds: number;
}): Promise<Saturation> {
  const cluster = await startCluster({ folder: options.folder, workers: WORKERS, policy: {} });
  const client = createJobClient(cluster.api);
  const endAt = Date.now() + options.seconds * 1_000;
  const ids: string[] = [];
  const lanes = [
    ...Array.from({ length: SPINNING_LANES }, () => lane(client, { ids, endAt, submission: SPINNING })),
    ...Array.from({ length: WORKERS * 4 }, () => lane(client, { ids, endAt, submission: SLEEPING })),
  ];
  const pauses = pauseLoops(client, { ids, endAt, journals: options.journals });
  try {
    await Promise.all(lanes);
    const paused = await pauses;
    const jobs = await Promise.all(ids.map((id) => client.waitFinal(id, 60_000)));
    const lost = jobs.filter(({ attempts }) => attempts.some(isLost));
    return {
      jobs: jobs.length,
      pauses: paused,
      requeued: lost.map(describeJob),
      logs: lost.flatMap((job) => logOf(job, cluster)),
      notSucceeded: jobs.filter(({ state }) => state !== 'succeeded').map(describeJob),
    };
  } finally {
    await cluster.stop();
  }
}

const SPINNING = {
  kind: 'command',
  input: { argv: SPINNING_ARGV },
  timeoutMs: 600_000,
};
const SLEEPING = { kind: 'command', input: { argv: ['sleep', '5'] }, timeoutMs: 600_000 };

async function lane(
  client: JobClient,
  { ids, endAt, submission }: { ids: string[]; endAt: number; submission: object },
): Promise<void> {
  while (Date.now() < endAt) {
    try {
      const { id } = await client.submit(submission);
      ids.push(id);
      await client.waitFinal(id, 120_000);
    } catch {
      // Too busy to answer; a client would retry.
      await sleep(500);
    }
  }
}

async function pauseLoops(
  client: JobClient,
  { ids, endAt, journals }: { ids: string[]; endAt: number; journals: string },
): Promise<number> {
  let pauses = 0;
  while (Date.now() < endAt) {
    await sleep(PAUSE_EVERY_MS);
    const reply = await client
      .request('POST', '/v1/jobs', { kind: 'blocking', input: { journals, forMs: PAUSE_MS }, timeoutMs: 600_000 })
      .catch(() => undefined);
    if (reply?.status !== 202) continue;
    ids.push((reply.body as Job).id);
    pauses += 1;
  }
  return pauses;
}

function isLost({ outcome }: Attempt): boolean {
  return outcome === 'lost';
}

function logOf({ id, attempts }: Job, { workerProcesses }: Cluster): string[] {
  return attempts.filter(isLost).flatMap(({ number, worker, startedAt, heartbeatAt, endedAt }) => {
    const at = Date.parse(endedAt ?? startedAt);
    const workers = workerProcesses.map(({ pid, process: { lines } }) => ({ pid, lines }));
    return [
      `${id}.${number} on ${worker}: started ${startedAt}, last heartbeat ${heartbeatAt}, lost ${endedAt}`,
      ...workers.flatMap((each) => logAround(each, { from: at, to: at }, (time) => new Date(time).toISOString())),
    ];
  });
}

function describeJob({ id, state, cause, losses, attempts, input }: Job): string {
  return `${id} ${state} ${cause ?? ''}, ${losses} losses, ${attempts.length} attempts: ${JSON.stringify(input)}`;
}
