import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';

/** Late writes that are refused, by what they were. */
export const REFUSED_WRITES = ['result', 'report', 'heartbeat', 'decision', 'pause'] as const;
export type RefusedWrite = (typeof REFUSED_WRITES)[number];

/** Counters since this Redis was first used. */
export interface Tally {
  /** Attempts that were lost with their worker. */
  requeued: number;
  /** Writes of attempts that were not open any more; none of them changed anything. */
  refused: Record<RefusedWrite, number>;
  /** Deliveries to webhooks; `failedTries` counts single tries, also those before a delivery that succeeded. */
  webhooks: { waiting: number; delivered: number; failedTries: number; givenUp: number };
}

export async function readTally(redis: RedisConnection): Promise<Tally> {
  const [tally, waiting] = await Promise.all([redis.hgetall(`${PREFIX}:tally`), redis.zcard(`${PREFIX}:webhooks`)]);
  const count = (name: string) => Number(tally[name] ?? 0);
  return {
    requeued: count('requeued'),
    refused: Object.fromEntries(REFUSED_WRITES.map((write) => [write, count(`refused:${write}`)])) as Tally['refused'],
    webhooks: {
      waiting,
      delivered: count('webhooks:delivered'),
      failedTries: count('webhooks:failed'),
      givenUp: count('webhooks:given_up'),
    },
  };
}
