import { withTimeout } from '@leeway/runtime/timeout';
import { Cluster } from 'ioredis';
import { isReady, type RedisConnection } from './connection.js';

const LOOK_EVERY_MS = 2_000;
/** A connection that leaves a PING unanswered so long is taken for half open. */
const ANSWER_WITHIN_MS = 3_000;
/** A connection that is seen so often in a row to have been made, and to be still not ready, was half open from the start. */
const UNREADY_LOOKS = 2;

/**
 * Finds connections that are open and carry nothing any more (a firewall that forgot them, a proxy that swallows
 * bytes), and makes them anew; also those that never carried anything. Commands under way are sent again over the new
 * one where the connection is patient. Returns the function that stops it.
 */
export function watchConnection(redis: RedisConnection): () => void {
  if (redis instanceof Cluster) return () => undefined;
  let looking = false;
  let unready = 0;
  const timer = setInterval(() => {
    unready = redis.status === 'connect' ? unready + 1 : 0;
    if (unready >= UNREADY_LOOKS) {
      unready = 0;
      redis.disconnect(true);
    }
    if (looking || !isReady(redis)) return;
    looking = true;
    withTimeout(redis.ping(), ANSWER_WITHIN_MS)
      .catch(() => isReady(redis) && redis.disconnect(true))
      .finally(() => (looking = false));
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
