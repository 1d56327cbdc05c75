import { LeewayError } from '@leeway/contract';
import { withTimeout } from '@leeway/runtime/timeout';
import { isReady, type RedisConnection } from './connection.js';

const RETRY_AFTER_S = 2;
/** Replies of a Redis that cannot serve the command now, though another time it could. */
const TEMPORARY = /OOM|READONLY|MISCONF|LOADING|NOPERM|WRONGPASS/;

/**
 * One call to Redis on behalf of a request: fails at once when Redis is away, and after `timeoutMs` in any case. `wrote`: what
 * a write was doing, for the message; absent for reads. Throws LeewayError `store_unavailable`, or `outcome_unknown` for a
 * write that was sent and got no reply.
 */
export async function guarded<T>(
  redis: RedisConnection,
  timeoutMs: number,
  call: () => Promise<T>,
  wrote?: string,
): Promise<T> {
  if (!isReady(redis)) throw unavailable('Redis is not connected.');
  try {
    return await withTimeout(call(), timeoutMs);
  } catch (error) {
    throw asLeewayError(error, wrote);
  }
}

function asLeewayError(error: unknown, wrote: string | undefined): unknown {
  if (error instanceof LeewayError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // The connection had just been lost: nothing was sent.
  if (text.includes("isn't writeable")) return unavailable('Redis is not connected.', error);
  if (TEMPORARY.test(text)) return unavailable(`Redis refused: ${text}`, error);
  if (/ERR|WRONGTYPE/.test(text)) return error;
  if (wrote === undefined) return unavailable(`Redis did not answer: ${text}`, error);
  return new LeewayError('outcome_unknown', `Redis stopped answering while ${wrote}.`, {
    retryAfterS: RETRY_AFTER_S,
    cause: error,
  });
}

function unavailable(message: string, cause?: unknown): LeewayError {
  return new LeewayError('store_unavailable', message, { retryAfterS: RETRY_AFTER_S, cause });
}
