import { LeewayError } from '@leeway/contract';
import type { Part } from '@leeway/runtime';

/** Bounds the requests that are kept open on purpose (streams, waits), and ends them when the server stops. */
export class OpenRequests implements Part {
  readonly name = 'open requests';
  private readonly open = new Set<AbortController>();
  private stopped = false;

  constructor(private readonly limits: { most: number; retryAfterS: number }) {}

  get count(): number {
    return this.open.size;
  }

  /**
   * Takes a place; `controller` is aborted when the server stops. The returned function releases the place. Throws
   * LeewayError `rate_limited` when all places are taken.
   */
  take(controller: AbortController): () => void {
    const { most, retryAfterS } = this.limits;
    if (this.open.size >= most) {
      const message = `${most} streams and waiting requests are open, the most that the policy allows (api.maxStreams).`;
      throw new LeewayError('rate_limited', message, { retryAfterS });
    }
    if (this.stopped) controller.abort();
    else this.open.add(controller);
    return () => void this.open.delete(controller);
  }

  stop(): void {
    this.stopped = true;
    for (const controller of this.open) controller.abort();
  }
}
