import type { Policy, WorkerInfo } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';

/** The description of a worker, sent with every heartbeat. */
export type WorkerSelf = Omit<WorkerInfo, 'lastSeenAt' | 'state'> & { draining: boolean };

/** Workers that were seen lately, silent ones as lost. */
export async function readWorkers(redis: RedisConnection, policy: Policy): Promise<WorkerInfo[]> {
  const [flat, time] = await Promise.all([redis.zrange(`${PREFIX}:workers`, '0', '-1', 'WITHSCORES'), redis.time()]);
  const nowMs = Number(time[0]) * 1_000;
  const ids = flat.filter((_, i) => i % 2 === 0);
  const infos = await Promise.all(ids.map((id) => redis.get(`${PREFIX}:worker:${id}`)));
  return infos.flatMap((text, i) => {
    if (text === null) return [];
    const { draining, ...self } = JSON.parse(text) as WorkerSelf;
    const seenMs = Number(flat[i * 2 + 1]);
    const isLost = nowMs - seenMs > policy.supervision.lostAfterMs;
    const state = isLost ? 'lost' : draining ? 'draining' : 'active';
    return [{ ...self, lastSeenAt: new Date(seenMs).toISOString(), state }];
  });
}

/** A worker that stops in good order leaves no silence to be found. */
export async function removePresence(redis: RedisConnection, worker: string): Promise<void> {
  await Promise.all([redis.zrem(`${PREFIX}:workers`, worker), redis.del(`${PREFIX}:worker:${worker}`)]);
}

/** What a worker can run. */
export interface Registration {
  kinds: readonly string[];
  /** Of those, the kinds whose attempts can be paused while they run. */
  pausable: readonly string[];
  queues: readonly string[];
}

/** Registers kinds and their queues: the API accepts them, and Bull Board shows them. */
export async function registerKinds(
  redis: RedisConnection,
  { kinds, pausable, queues }: Registration,
  nowMs: number,
): Promise<void> {
  await Promise.all([
    ...kinds.map((kind) => redis.zadd(`${PREFIX}:kinds`, nowMs, kind)),
    ...kinds.map((kind) =>
      pausable.includes(kind) ? redis.sadd(`${PREFIX}:pausable`, kind) : redis.srem(`${PREFIX}:pausable`, kind),
    ),
    ...queues.map((queue) => redis.zadd(`${PREFIX}:queues`, nowMs, queue)),
  ]);
}
