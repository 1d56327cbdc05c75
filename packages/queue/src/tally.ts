import type { RedisConnection } from './connection.js';
import { PREFIX } from './keys.js';
import { REFUSED_WRITES, type RefusedWrite, type Tally } from './verbs.js';

/** How often attempts were handed on, and what came too late and was refused. */
export async function readTally(redis: RedisConnection): Promise<Tally> {
  const tally = await redis.hgetall(`${PREFIX}:tally`);
  const refused = REFUSED_WRITES.map((write) => [write, Number(tally[`refused:${write}`] ?? 0)]);
  return {
    handedOn: Number(tally['handedOn'] ?? 0),
    refused: Object.fromEntries(refused) as Record<RefusedWrite, number>,
  };
}
