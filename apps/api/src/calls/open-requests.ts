import { LeewayError } from '@leeway/contract';
import type { Part } from '@leeway/runtime';

/** Bounds the requests that are held open on purpose (streams, waits), and ends them when the server stops. */
export class OpenRequests implements Part {
  readonly name = 'open requests';
  private readonly held = new Set<AbortController>();
  private stopped = false;

  constructor(private readonly limits: { most: number; retryAfterS: number }) {}

  /** How many are open now. */
  get count(): number {
    return this.held.size;
  }

  /**
   * Takes a place for a request; `gone` is aborted when the server stops. The returned function gives the place back.
   * Throws LeewayError `rate_limited` when all places are taken.
   */
  take(gone: AbortController): () => void {
    const { most, retryAfterS } = this.limits;
    if (this.held.size >= most) {
      const message = `${most} streams and waiting requests are open, which is all the policy allows.`;
      throw new LeewayError('rate_limited', message, { retryAfterS });
    }
    if (this.stopped) gone.abort();
    else this.held.add(gone);
    return () => void this.held.delete(gone);
  }

  stop(): void {
    this.stopped = true;
    for (const gone of this.held) gone.abort();
  }
}
