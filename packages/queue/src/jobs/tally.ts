import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import { REFUSED_WRITES, type RefusedWrite, type Tally } from './verbs.js';

/** How often attempts were handed on, and what came too late and was refused. */
export async function readTally(redis: RedisConnection): Promise<Tally> {
  const [tally, waiting] = await Promise.all([redis.hgetall(`${PREFIX}:tally`), redis.zcard(`${PREFIX}:webhooks`)]);
  const webhooks = (what: string) => Number(tally[`webhooks:${what}`] ?? 0);
  const refused = REFUSED_WRITES.map((write) => [write, Number(tally[`refused:${write}`] ?? 0)]);
  return {
    requeued: Number(tally['requeued'] ?? 0),
    refused: Object.fromEntries(refused) as Record<RefusedWrite, number>,
    webhooks: {
      waiting,
      delivered: webhooks('delivered'),
      failedTries: webhooks('failed'),
      givenUp: webhooks('given_up'),
    },
  };
}
