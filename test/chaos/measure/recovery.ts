import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@leeway/contract';
import { createJobClient, type JobClient, waitUntil } from '@leeway/testkit';
import { signalled, startCluster } from '../cluster.js';
import { SPINNING_ARGV, SPINNING_LANES } from './spinning.js';

export interface Recovery {
  /** From the kill until the loss of each running job of the worker was recorded, in ms. */
  noticed: number[];
  /** From the kill until it ran again elsewhere, in ms. */
  again: number[];
  /** Jobs that did not succeed, or ran more often than their losses explain. */
  wrong: string[];
  jobs: number;
}

const WORKERS = 3;
/** Running at any time, over all workers; enough to keep all of them busy. */
const RUNNING = 12;
const JOB_MS = 4_000;
const BACK_MS = 20_000;

/**
 * Kills workers one after the other under load, each time one that runs something, and measures from the kill to the
 * next attempt of each of its jobs. The next kill waits until all workers run again: fewer have no room for the work, and
 * the start of a worker would be measured instead.
 */
export async function measureRecovery(options: {
  folder: string;
  kills: number;
  /** Whether commands keep every processor busy meanwhile. */
  busy: boolean;
}): Promise<Recovery> {
  const { folder, kills, busy } = options;
  const cluster = await startCluster({ folder, workers: WORKERS, policy: { limits: { maxLosses: 1_000 } } });
  const client = createJobClient(cluster.api);
  const load = keepBusy(client, busy);
  const noticed: number[] = [];
  const again: number[] = [];
  try {
    for (let i = 0; i < kills; i += 1) {
      const worker = cluster.worker(i % WORKERS);
      for (let slot = 0; slot < WORKERS; slot += 1) await cluster.untilWorker(slot);
      const running = await waitUntil(() => runningOn(client, worker.pid), {
        what: 'work on the worker',
        timeoutMs: BACK_MS,
      });
      const killedAt = Date.now();
      await signalled(worker.process, 'SIGKILL');
      for (const job of running) {
        const { lostAt, startedAt } = await startedAgain(client, job);
        if (lostAt !== undefined) noticed.push(lostAt - killedAt);
        if (startedAt !== undefined) again.push(startedAt - killedAt);
      }
    }
    const jobs = await load.end();
    return { noticed, again, jobs: jobs.length, wrong: jobs.flatMap(whatIsWrong) };
  } finally {
    await cluster.stop();
  }
}

/** Jobs that run on the process, if any. */
async function runningOn(client: JobClient, pid: number): Promise<Job[] | undefined> {
  const { jobs } = (await client.request('GET', '/v1/jobs?state=running&limit=100')).body as { jobs: Job[] };
  const its = jobs.filter((job) => job.attempts.at(-1)?.worker.includes(`-${pid}-`) === true);
  return its.length > 0 ? its : undefined;
}

/** When the running attempt was lost and the next one started; neither where it ended just before the kill. */
async function startedAgain(
  client: JobClient,
  { id, attempts }: Job,
): Promise<{ lostAt?: number; startedAt?: number }> {
  const after = await client.waitJob(
    id,
    (job) => job.attempts.length > attempts.length || job.finishedAt !== null,
    BACK_MS,
  );
  const [lost, next] = after.attempts.slice(attempts.length - 1);
  if (lost?.outcome !== 'lost' || lost.endedAt === null || next === undefined) return {};
  return { lostAt: Date.parse(lost.endedAt), startedAt: Date.parse(next.startedAt) };
}

function keepBusy(client: JobClient, busy: boolean): { end: () => Promise<Job[]> } {
  const ids: string[] = [];
  let stopping = false;
  const lane = async (argv: string[]) => {
    while (!stopping) {
      const job = await client.run(argv, { timeoutMs: 600_000 });
      ids.push(job.id);
      await client.waitFinal(job.id, 600_000);
      await sleep(0);
    }
  };
  const sleeping = Array.from({ length: RUNNING }, () => lane(['sleep', String(JOB_MS / 1_000)]));
  const spinning = Array.from({ length: busy ? SPINNING_LANES : 0 }, () => lane(SPINNING_ARGV));
  const lanes = Promise.all([...sleeping, ...spinning]);
  return {
    async end() {
      stopping = true;
      await lanes;
      return Promise.all(ids.map((id) => client.job(id)));
    },
  };
}

function whatIsWrong({ id, state, losses, attempts }: Job): string[] {
  if (state === 'succeeded' && attempts.length === losses + 1) return [];
  return [`${id} is ${state} after ${attempts.length} attempts and ${losses} losses`];
}
