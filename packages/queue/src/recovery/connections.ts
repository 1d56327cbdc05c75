import { Cluster } from 'ioredis';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';

const BEAT_CLIENT = 'leeway-beat:';
const WORKER_CLIENT = 'leeway-worker:';
/** What Redis shows of a connection of a worker, whichever it is. */
const WORKER_NAME = new RegExp(` name=(?:${BEAT_CLIENT}|${WORKER_CLIENT})(\\S+)`, 'g');

/** The name under which a worker's heartbeat connects. */
export function beatClientName(worker: string): string {
  return `${BEAT_CLIENT}${worker}`;
}

/** The name of all other connections of a worker, those that BullMQ makes of it included. */
export function workerClientName(worker: string): string {
  return `${WORKER_CLIENT}${worker}`;
}

/** A worker without any connection. */
interface Missing {
  sinceMs: number;
  told: boolean;
}

/**
 * Finds workers whose process has died by their lost connections, long before their heartbeat is missed. The operating
 * system closes all sockets of a dead process at once; a frozen process, a dead machine or a cut network keep theirs,
 * and are left to the heartbeat. Where Redis does not show its clients (a cluster, a hosted Redis) it finds nothing.
 */
export class LostConnections {
  private readonly missing = new Map<string, Missing>();
  private barred = false;

  constructor(
    private readonly redis: RedisConnection,
    /** How long all of them have to be missing, in ms, whatever the number of looks that a busy loop makes in one go. */
    private readonly forMs: number,
  ) {}

  /**
   * Workers that were there lately and are seen without any connection, `forMs` or more after they were the first time.
   * Each is told once; what goes wrong with it then is left to the heartbeat.
   * @param presentAfterMs of Redis time
   * @param nowMs of a clock that only runs forward
   */
  async look(presentAfterMs: number, nowMs: number): Promise<string[]> {
    if (this.barred || this.redis instanceof Cluster) return [];
    const [connected, workers] = await Promise.all([
      this.connectedWorkers(),
      this.redis.zrangebyscore(`${PREFIX}:workers`, presentAfterMs, '+inf'),
    ]);
    if (connected === undefined) return [];
    const gone = workers.filter((worker) => !connected.has(worker));
    for (const worker of this.missing.keys()) if (!gone.includes(worker)) this.missing.delete(worker);
    return gone.filter((worker) => this.isOver(worker, nowMs));
  }

  /** In how many ms somebody who is missed will have been missed for long enough; undefined: nobody is missed. */
  dueInMs(nowMs: number): number | undefined {
    const waited = [...this.missing.values()].flatMap(({ sinceMs, told }) => (told ? [] : nowMs - sinceMs));
    return waited.length === 0 ? undefined : Math.max(0, this.forMs - Math.max(...waited));
  }

  /** What was missed before means nothing any more: this connection itself was lost. */
  forget(): void {
    this.missing.clear();
  }

  private isOver(worker: string, nowMs: number): boolean {
    const before = this.missing.get(worker);
    if (before === undefined) {
      this.missing.set(worker, { sinceMs: nowMs, told: false });
      return false;
    }
    if (before.told || nowMs - before.sinceMs < this.forMs) return false;
    before.told = true;
    return true;
  }

  private async connectedWorkers(): Promise<Set<string> | undefined> {
    try {
      const list = String(await this.redis.call('CLIENT', 'LIST', 'TYPE', 'NORMAL'));
      return new Set(Array.from(list.matchAll(WORKER_NAME), (match) => match[1] as string));
    } catch (error) {
      // Not allowed or not known here; everything else is trouble that passes.
      if (/NOPERM|unknown|ERR/i.test((error as Error).message)) this.barred = true;
      return undefined;
    }
  }
}
