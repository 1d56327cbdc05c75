import { withTimeout } from '@leeway/runtime/timeout';
import { Cluster } from 'ioredis';
import { isReady, type RedisConnection } from './connection.js';

const CHECK_EVERY_MS = 2_000;
/** A connection that leaves a PING unanswered for so long is half open. */
const REPLY_WITHIN_MS = 3_000;
/** A connection that is established but not ready in so many checks in a row was half open from the start. */
const MAX_UNREADY_CHECKS = 2;

/**
 * Replaces half-open connections: a firewall has dropped them, or a proxy swallows their bytes. Commands under way are sent
 * again over the new one where the connection is for work. Returns the function that stops it.
 */
export function watchConnection(redis: RedisConnection): () => void {
  if (redis instanceof Cluster) return () => undefined;
  let isChecking = false;
  let unready = 0;
  const timer = setInterval(() => {
    unready = redis.status === 'connect' ? unready + 1 : 0;
    if (unready >= MAX_UNREADY_CHECKS) {
      unready = 0;
      redis.disconnect(true);
    }
    if (isChecking || !isReady(redis)) return;
    isChecking = true;
    withTimeout(redis.ping(), REPLY_WITHIN_MS)
      .catch(() => isReady(redis) && redis.disconnect(true))
      .finally(() => (isChecking = false));
  }, CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
