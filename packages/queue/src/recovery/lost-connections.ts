import { Cluster } from 'ioredis';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import { workersIn } from './client-names.js';

/** A worker without any connection. */
interface Missing {
  sinceMs: number;
  isReported: boolean;
}

/**
 * Finds workers whose process has died by their lost connections, long before their heartbeat is missed. The operating
 * system closes all sockets of a dead process at once; a frozen process, a dead machine or a cut network keep theirs,
 * and are left to the heartbeat. Where Redis does not list its clients (a cluster, a hosted Redis) it finds nothing.
 */
export class LostConnections {
  private readonly missing = new Map<string, Missing>();
  private isBarred = false;

  constructor(
    private readonly redis: RedisConnection,
    /** How long all connections have to be missing, in ms; a busy loop may make several looks at once. */
    private readonly forMs: number,
  ) {}

  /**
   * Workers that were seen lately and have had no connection for `forMs`. Each is returned once; what it does later is left
   * to its heartbeat.
   * @param presentAfterMs of Redis time
   * @param nowMs monotonic
   */
  async look(presentAfterMs: number, nowMs: number): Promise<string[]> {
    if (this.isBarred || this.redis instanceof Cluster) return [];
    const [connected, workers] = await Promise.all([
      this.connectedWorkers(),
      this.redis.zrangebyscore(`${PREFIX}:workers`, presentAfterMs, '+inf'),
    ]);
    if (connected === undefined) return [];
    const gone = workers.filter((worker) => !connected.has(worker));
    for (const worker of this.missing.keys()) if (!gone.includes(worker)) this.missing.delete(worker);
    return gone.filter((worker) => this.isLost(worker, nowMs));
  }

  /** In how many ms a missing worker will have been missing for long enough; undefined: none is missing. */
  dueInMs(nowMs: number): number | undefined {
    const missingMs = [...this.missing.values()].flatMap((m) => (m.isReported ? [] : nowMs - m.sinceMs));
    return missingMs.length === 0 ? undefined : Math.max(0, this.forMs - Math.max(...missingMs));
  }

  /** Earlier looks mean nothing any more: this connection itself was lost. */
  reset(): void {
    this.missing.clear();
  }

  private isLost(worker: string, nowMs: number): boolean {
    const missing = this.missing.get(worker);
    if (missing === undefined) {
      this.missing.set(worker, { sinceMs: nowMs, isReported: false });
      return false;
    }
    if (missing.isReported || nowMs - missing.sinceMs < this.forMs) return false;
    missing.isReported = true;
    return true;
  }

  private async connectedWorkers(): Promise<Set<string> | undefined> {
    try {
      return workersIn(String(await this.redis.call('CLIENT', 'LIST', 'TYPE', 'NORMAL')));
    } catch (error) {
      // Not allowed or not known here; any other error is temporary.
      if (/NOPERM|unknown|ERR/i.test((error as Error).message)) this.isBarred = true;
      return undefined;
    }
  }
}
