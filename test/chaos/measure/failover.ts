import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type Job } from '@leeway/contract';
import {
  createJobClient,
  freePorts,
  startSwitchableProxy,
  startRedis,
  waitUntil,
  type JobClient,
} from '@leeway/testkit';
import { Redis } from 'ioredis';
import { startCluster } from '../cluster.js';

export interface Failover {
  /** Submissions that were answered with 202. */
  acknowledged: number;
  /** Those of them that have no record any more. */
  lost: number;
  /** Jobs that ran more than once. */
  ranAgain: number;
  /** Jobs that are known and did not succeed. */
  notSucceeded: string[];
  /** From the end of the master until a submission was accepted again, in ms. */
  backAfterMs: number;
}

const WORKERS = 3;
const LANES = 8;
const JOB_S = 0.2;
/** From the end of the master until an operator makes the replica the new one. */
const NOTICED_MS = 2_000;

/**
 * Ends the master of a replicated Redis with SIGKILL under load and makes its replica the master, as a managed Redis does:
 * replication does not wait, so what the master had acknowledged last may be gone. Counts what was lost, and what ran twice.
 */
export async function measureFailover(options: {
  folder: string;
  journals: string;
  /** Time under load before the failover, and after it. */
  seconds: number;
}): Promise<Failover> {
  const { folder, journals, seconds } = options;
  const [port = 0] = await freePorts(1);
  const master = await startRedis({ appendOnly: true, port });
  const replica = await startRedis({ appendOnly: true, args: ['--replicaof', '127.0.0.1', String(port)] });
  const name = await startSwitchableProxy(join(folder, 'redis'), master.socketPath);
  const operator = new Redis(replica.socketPath);
  const cluster = await startCluster({
    folder,
    workers: WORKERS,
    policy: {},
    redis: { redis: master, socketPath: name.socketPath },
  });
  try {
    await waitUntil(async () => (await operator.info('replication')).includes('master_link_status:up'), {
      what: 'the replica to follow',
    });
    const client = createJobClient(cluster.api);
    const load = submitAlways(client, journals);
    await sleep(seconds * 1_000);
    await master.kill9();
    const goneAt = Date.now();
    await sleep(NOTICED_MS);
    await operator.replicaof('NO', 'ONE');
    name.switchTo(replica.socketPath);
    await waitUntil(() => load.answers.some((at) => at > goneAt + NOTICED_MS), {
      what: 'a submission to be accepted again',
      timeoutMs: 60_000,
    });
    await sleep(seconds * 1_000);
    const ids = await load.end();
    const jobs = await Promise.all(ids.map((id) => outcomeOf(client, id)));
    const runs = readdirSync(journals).map(
      (file) => readFileSync(join(journals, file), 'utf8').trim().split('\n').length,
    );
    return {
      acknowledged: ids.length,
      lost: jobs.filter((job) => job === undefined).length,
      ranAgain: runs.filter((times) => times > 1).length,
      notSucceeded: jobs.flatMap((job) => (job === undefined || job.state === 'succeeded' ? [] : [describeJob(job)])),
      backAfterMs: (load.answers.find((at) => at > goneAt + NOTICED_MS) ?? Infinity) - goneAt,
    };
  } finally {
    operator.disconnect();
    await cluster.stop();
    name.close();
    await replica.stop();
  }
}

/** Each job records each of its runs; a submission is repeated under its key until it is answered. */
function submitAlways(client: JobClient, journals: string): { answers: number[]; end: () => Promise<string[]> } {
  const ids: string[] = [];
  const answers: number[] = [];
  let stopping = false;
  const script = `echo ran >> "${journals}/$LEEWAY_JOB"; sleep ${JOB_S}`;
  const submission = { kind: 'command', input: { argv: ['sh', '-c', script] }, timeoutMs: 600_000 };
  const lane = async (_: unknown, which: number) => {
    for (let i = 0; !stopping; i += 1) {
      const key = { 'idempotency-key': `failover-${which}-${i}` };
      const { id } = await waitUntil(() => client.submit(submission, key), { what: 'an answer', timeoutMs: 60_000 });
      ids.push(id);
      answers.push(Date.now());
      await sleep(JOB_S * 1_000);
    }
  };
  const lanes = Promise.all(Array.from({ length: LANES }, lane));
  return {
    answers,
    async end() {
      stopping = true;
      await lanes;
      return ids;
    },
  };
}

/** The job once it has ended; undefined: there is none. */
async function outcomeOf(client: JobClient, id: string): Promise<Job | undefined> {
  return waitUntil(
    async () => {
      const { status, body } = await client.request('GET', `/v1/jobs/${id}`);
      if (status === 404) return { job: undefined };
      return status === 200 && isFinal((body as Job).state) ? { job: body as Job } : undefined;
    },
    { what: `job ${id} to end`, timeoutMs: 120_000 },
  ).then(({ job }) => job);
}

function describeJob({ id, state, cause, attempts }: Job): string {
  return `${id} ${state} ${cause ?? ''}: ${attempts.map(({ outcome }) => outcome).join(', ')}`;
}
