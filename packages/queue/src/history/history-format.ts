import { PREFIX } from '../redis/keys.js';
import type { RedisConnection } from '../redis/connection.js';

/** Version of the form in which observations are stored. Raised when the form before it can no longer be read as if it were the new one. */
const HISTORY_FORMAT = 1;
const KEY = `${PREFIX}:format`;

/**
 * Why this version must not touch the history in a Redis: a newer one has written it. Reading that as if it were the older
 * form would teach nonsense, and writing would spoil it. Marks a Redis without history with the form of this version.
 * Undefined: it may, or Redis does not say.
 */
export async function historyRefusal(redis: RedisConnection): Promise<string | undefined> {
  try {
    const stored = await redis.get(KEY);
    if (stored === null) await redis.set(KEY, HISTORY_FORMAT, 'NX');
    if (stored === null || Number(stored) <= HISTORY_FORMAT) return undefined;
    return `The history in this Redis has format ${stored}; this version of Leeway reads format ${HISTORY_FORMAT} at most. Start the newer version again, or use another Redis.`;
  } catch {
    return undefined;
  }
}
