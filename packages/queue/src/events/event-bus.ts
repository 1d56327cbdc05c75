import type { JobId } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';

/** Announces events of jobs: one subscription for each job, however many listen. */
export class EventBus {
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(private readonly subscriber: RedisConnection) {
    subscriber.on('message', (channel: string) => this.listeners.get(channel)?.forEach((wake) => wake()));
  }

  /** Calls `wake` at every event of the job until the returned function is called. */
  listen(id: JobId, wake: () => void): () => void {
    const channel = `${PREFIX}:bus:${id}`;
    const listeners = this.listeners.get(channel) ?? this.subscribe(channel);
    listeners.add(wake);
    return () => {
      listeners.delete(wake);
      if (listeners.size > 0 || this.listeners.get(channel) !== listeners) return;
      this.listeners.delete(channel);
      this.subscriber.unsubscribe(channel).catch(() => undefined);
    };
  }

  private subscribe(channel: string): Set<() => void> {
    const listeners = new Set<() => void>();
    this.listeners.set(channel, listeners);
    this.subscriber.subscribe(channel).catch(() => undefined);
    return listeners;
  }
}
