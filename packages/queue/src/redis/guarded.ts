import { withTimeout } from '@leeway/runtime/timeout';
import { LeewayError } from '@leeway/contract';
import { isReady, type RedisConnection } from './connection.js';

const RETRY_AFTER_S = 2;

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
  if (!isReady(redis))
    throw new LeewayError('store_unavailable', 'Redis is not connected.', { retryAfterS: RETRY_AFTER_S });
  try {
    return await withTimeout(call(), timeoutMs);
  } catch (cause) {
    if (cause instanceof LeewayError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    // The connection had just been lost: nothing was sent.
    if (text.includes("isn't writeable"))
      throw new LeewayError('store_unavailable', 'Redis is not connected.', { retryAfterS: RETRY_AFTER_S, cause });
    if (/OOM|READONLY|MISCONF|LOADING|NOPERM|WRONGPASS/.test(text))
      throw new LeewayError('store_unavailable', `Redis refused: ${text}`, { retryAfterS: RETRY_AFTER_S, cause });
    if (/ERR|WRONGTYPE/.test(text)) throw cause;
    if (wrote === undefined)
      throw new LeewayError('store_unavailable', `Redis did not answer: ${text}`, {
        retryAfterS: RETRY_AFTER_S,
        cause,
      });
    throw new LeewayError('outcome_unknown', `Redis stopped answering while ${wrote}.`, {
      retryAfterS: RETRY_AFTER_S,
      cause,
    });
  }
}
