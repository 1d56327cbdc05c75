import { FINAL_STATES, JOB_STATES, type Job, type JobEventType, type JobState } from '@leeway/contract';
import { ringKey } from '@leeway/estimator';
import { BULL_PREFIX, PREFIX } from '@leeway/queue';
import type { JobClient } from '@leeway/testkit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { ClassHistory, Leftovers, StoredEvent } from './history.js';

/** The store at the end: read from its keys, and not through the code that wrote them. */
export interface StoreReading {
  /** Every job there is, in no order. */
  ids: readonly string[];
  jobs: ReadonlyMap<string, Job>;
  events: ReadonlyMap<string, readonly StoredEvent[]>;
  bull: ReadonlyMap<string, string>;
  classes: readonly ClassHistory[];
  leftovers: Leftovers;
}

/** Jobs come from the API, as a client sees them; all else from Redis. */
export async function readStore(socketPath: string, client: JobClient): Promise<StoreReading> {
  const redis = new Redis({ path: socketPath });
  try {
    const ids = [...new Set((await Promise.all(JOB_STATES.map((state) => idsIn(redis, state)))).flat())];
    const jobs = new Map<string, Job>();
    const events = new Map<string, StoredEvent[]>();
    for (const id of ids) {
      jobs.set(id, await client.job(id));
      events.set(id, await readEvents(redis, id));
    }
    const bull = await readBull(redis, ids);
    return { ids, jobs, events, bull, classes: await readClasses(redis), leftovers: await readLeftovers(redis, jobs) };
  } finally {
    redis.disconnect();
  }
}

/** How many jobs and outbox entries are left to settle. */
export async function countUnfinished(socketPath: string): Promise<number> {
  const redis = new Redis({ path: socketPath });
  try {
    const open = JOB_STATES.filter((state) => !(FINAL_STATES as readonly string[]).includes(state));
    const counts = await Promise.all(open.map((state) => redis.zcard(`${PREFIX}:by:*:${state}`)));
    const outbox = await redis.zcard(`${PREFIX}:outbox`);
    return counts.reduce((sum, count) => sum + count, outbox);
  } finally {
    redis.disconnect();
  }
}

function idsIn(redis: Redis, state: JobState): Promise<string[]> {
  return redis.zrange(`${PREFIX}:by:*:${state}`, '0', '-1');
}

async function readEvents(redis: Redis, id: string): Promise<StoredEvent[]> {
  const entries = await redis.lrange(`${PREFIX}:events:${id}`, 0, -1);
  return entries.map((entry) => {
    const [type, attempt, at, data] = JSON.parse(entry) as [JobEventType, number, number, unknown];
    return { type, attempt, at, data };
  });
}

async function readBull(redis: Redis, ids: readonly string[]): Promise<Map<string, string>> {
  const queues = new Map<string, Queue>();
  const states = new Map<string, string>();
  for (const id of ids) {
    const name = (await redis.hget(`${PREFIX}:job:${id}`, 'queue')) ?? '';
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, { connection: redis, prefix: BULL_PREFIX, skipVersionCheck: true });
      queues.set(name, queue);
    }
    states.set(id, await queue.getJobState(id));
  }
  await Promise.all([...queues.values()].map((queue) => queue.close()));
  return states;
}

async function readClasses(redis: Redis): Promise<ClassHistory[]> {
  const members = await redis.zrange(`${PREFIX}:classes`, '0', '-1');
  return Promise.all(
    members.map(async (member) => {
      const [tenant = '', key = ''] = member.split('|');
      const { name = '', ...counters } = await redis.hgetall(`${PREFIX}:class:${tenant}:${key}`);
      const numbers = Object.entries(counters).map(([counter, value]) => [counter, Number(value)] as const);
      const durations = await redis.llen(`${PREFIX}:ring:${ringKey('total', decodeURIComponent(tenant), name)}`);
      return { name, counters: Object.fromEntries(numbers), durations };
    }),
  );
}

async function readLeftovers(redis: Redis, jobs: ReadonlyMap<string, Job>): Promise<Leftovers> {
  const runs = await redis.keys(`${PREFIX.replaceAll(/[{}]/g, '?')}:running:*`);
  const keys = [`${PREFIX}:outbox`, `${PREFIX}:leases`, `${PREFIX}:due`, ...runs];
  const members = await Promise.all(
    keys.map(async (key) => (await redis.zrange(key, '0', '-1')).map((m) => `${key}: ${m}`)),
  );
  const locks = (await redis.keys(`${BULL_PREFIX.replaceAll(/[{}]/g, '?')}:*:lock`)).map((key) => `${key}: a lock`);
  const misindexed: string[] = [];
  for (const state of JOB_STATES) {
    for (const id of await idsIn(redis, state)) {
      const recorded = jobs.get(id)?.state;
      if (recorded !== state) misindexed.push(`${id} is ${recorded ?? 'unknown'} and is listed as ${state}`);
    }
  }
  return { entries: [...members.flat(), ...locks], misindexed };
}
