import { LeewayError, type JobEvent } from '@leeway/contract';
import { CALL_OVER } from '../calls/run-call.js';
import { notification } from './json-rpc.js';
import type { SendBuffer } from './send-buffer.js';

export interface Subscription {
  readonly id: string;
  /** Aborted when nobody wants the events any more; the source ends then. */
  readonly gone: AbortController;
  readonly events: AsyncIterable<JobEvent>;
  /** What the notifications are named after: `jobs`. */
  readonly resource: string;
}

/** What one socket follows. A reader that is slow gets its events later, one after the other; they wait in Redis. */
export class Subscriptions {
  private readonly open = new Map<string, AbortController>();
  private count = 0;

  constructor(private readonly limits: { most: number; retryAfterS: number }) {}

  /** A name for the next one. Throws LeewayError `rate_limited` when there are too many. */
  reserve(gone: AbortController): string {
    const { most, retryAfterS } = this.limits;
    if (this.open.size >= most) {
      const message = `This connection has ${most} subscriptions, which is all the policy allows.`;
      throw new LeewayError('rate_limited', message, { retryAfterS });
    }
    const id = `s${(this.count += 1)}`;
    this.open.set(id, gone);
    return id;
  }

  /** Sends the events until there are no more, and then says so, with the place to go on from. */
  async pump({ id, gone, events, resource }: Subscription, out: SendBuffer): Promise<void> {
    let lastEventId: string | null = null;
    let reason: 'finished' | 'interrupted' = 'finished';
    try {
      for await (const event of events) {
        if (gone.signal.aborted) break;
        await out.sendInTurn(notification(`${resource}.event`, { subscription: id, event }));
        lastEventId = event.id;
      }
    } catch {
      // Redis went away: the client keeps its place by the id of the last event and subscribes again.
      reason = 'interrupted';
    }
    const ended = !gone.signal.aborted;
    this.end(id);
    if (ended) await out.sendInTurn(notification(`${resource}.ended`, { subscription: id, reason, lastEventId }));
  }

  /** False: there is none of that name. */
  end(id: string): boolean {
    this.open.get(id)?.abort(CALL_OVER);
    return this.open.delete(id);
  }

  endAll(): void {
    for (const id of [...this.open.keys()]) this.end(id);
  }
}
