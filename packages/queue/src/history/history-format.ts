import { PREFIX } from '../redis/keys.js';
import type { RedisConnection } from '../redis/connection.js';

/** Version of the encoding of observations. Raised when older ones can no longer be read as if they were new. */
const HISTORY_FORMAT = 1;
const KEY = `${PREFIX}:format`;

/**
 * The problem with a history that a newer version has written: this one would read nonsense, and would spoil it. Marks a
 * Redis without history with the format of this version. Undefined: no problem, or Redis does not answer.
 */
export async function newerHistory(redis: RedisConnection): Promise<string | undefined> {
  try {
    const stored = await redis.get(KEY);
    if (stored === null) await redis.set(KEY, HISTORY_FORMAT, 'NX');
    if (stored === null || Number(stored) <= HISTORY_FORMAT) return undefined;
    return `The history in this Redis has format ${stored}; this version of Leeway reads format ${HISTORY_FORMAT} at most. Start the newer version again, or use another Redis.`;
  } catch {
    return undefined;
  }
}
