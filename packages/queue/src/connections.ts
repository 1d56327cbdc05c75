import { Cluster } from 'ioredis';
import type { RedisConnection } from './connection.js';
import { PREFIX } from './keys.js';

const BEAT_CLIENT = 'leeway-beat:';
/** A connection may be missing while its process reconnects; a process that is gone stays missing. */
const MISSES = 2;

/** The name under which a worker's heartbeat connects. */
export function beatClientName(worker: string): string {
  return `${BEAT_CLIENT}${worker}`;
}

/**
 * Finds workers whose process has died by their lost connection, long before their heartbeat is missed. The operating
 * system closes the sockets of a dead process at once; a frozen process, a dead machine or a cut network keep theirs,
 * and are left to the heartbeat. Where Redis does not show its clients (a cluster, a hosted Redis) it finds nothing.
 */
export class LostConnections {
  private readonly missed = new Map<string, number>();
  private barred = false;

  constructor(private readonly redis: RedisConnection) {}

  /** Workers that were there lately and whose connection was missing twice in a row. `sinceMs`: of Redis time. */
  async look(presentAfterMs: number): Promise<string[]> {
    if (this.barred || this.redis instanceof Cluster) return [];
    const [clients, workers] = await Promise.all([
      this.clientNames(),
      this.redis.zrangebyscore(`${PREFIX}:workers`, presentAfterMs, '+inf'),
    ]);
    if (clients === undefined) return [];
    const missing = workers.filter((worker) => !clients.has(beatClientName(worker)));
    for (const worker of this.missed.keys()) if (!missing.includes(worker)) this.missed.delete(worker);
    for (const worker of missing) this.missed.set(worker, (this.missed.get(worker) ?? 0) + 1);
    // Told once; what went wrong with it then is left to the heartbeat.
    return missing.filter((worker) => this.missed.get(worker) === MISSES);
  }

  /** What was missed before means nothing any more: this connection itself was lost. */
  forget(): void {
    this.missed.clear();
  }

  private async clientNames(): Promise<Set<string> | undefined> {
    try {
      const list = String(await this.redis.call('CLIENT', 'LIST', 'TYPE', 'NORMAL'));
      return new Set(Array.from(list.matchAll(/ name=(\S+)/g), (match) => match[1] as string));
    } catch (error) {
      // Not allowed or not known here; everything else is trouble that passes.
      if (/NOPERM|unknown|ERR/i.test((error as Error).message)) this.barred = true;
      return undefined;
    }
  }
}
