import { LeewayError, type JobEvent } from '@leeway/contract';
import { CALL_OVER } from '../calls/call-end.js';
import { notification } from './json-rpc.js';
import type { SendBuffer } from './send-buffer.js';

export interface Subscription {
  readonly id: string;
  /** Aborted at the end of the subscription; the source of the events ends then. */
  readonly controller: AbortController;
  readonly events: AsyncIterable<JobEvent>;
  /** First part of the methods of its notifications: `jobs`. */
  readonly resource: string;
}

/** The subscriptions of one socket. A slow reader gets its events later, one after the other; they wait in Redis. */
export class Subscriptions {
  private readonly open = new Map<string, AbortController>();
  private count = 0;

  constructor(private readonly limits: { most: number; retryAfterS: number }) {}

  /** The id of a new subscription. Throws LeewayError `rate_limited` when there are too many. */
  reserve(controller: AbortController): string {
    const { most, retryAfterS } = this.limits;
    if (this.open.size >= most) {
      const message = `This connection has ${most} subscriptions, the most of one connection.`;
      throw new LeewayError('rate_limited', message, { retryAfterS });
    }
    const id = `s${(this.count += 1)}`;
    this.open.set(id, controller);
    return id;
  }

  /** Sends the events until there are no more, then a notification with the id of the last event, to resume after. */
  async pump({ id, controller, events, resource }: Subscription, buffer: SendBuffer): Promise<void> {
    let lastEventId: string | null = null;
    let reason: 'finished' | 'interrupted' = 'finished';
    try {
      for await (const event of events) {
        if (controller.signal.aborted) break;
        await buffer.sendInTurn(notification(`${resource}.event`, { subscription: id, event }));
        lastEventId = event.id;
      }
    } catch {
      // Redis is away: the client subscribes again after the last event.
      reason = 'interrupted';
    }
    const ended = !controller.signal.aborted;
    this.end(id);
    if (ended) await buffer.sendInTurn(notification(`${resource}.ended`, { subscription: id, reason, lastEventId }));
  }

  /** False: there is no such subscription. */
  end(id: string): boolean {
    this.open.get(id)?.abort(CALL_OVER);
    return this.open.delete(id);
  }

  endAll(): void {
    for (const id of [...this.open.keys()]) this.end(id);
  }
}
