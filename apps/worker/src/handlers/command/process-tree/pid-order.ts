import { readFileSync } from 'node:fs';

/** In /proc/loadavg: the pid of the newest process. */
const NEWEST_PID_FIELD = 4;

/** The place of a process in the order of pids. */
export interface PidBirth {
  readonly pid: number;
  /** How often the pids had wrapped when it started; null: unknown. */
  readonly round: number | null;
}

/**
 * The kernel gives pids in rising order until they wrap to the low end. Until then all descendants of a process have higher pids
 * than it has, and the older processes of a large machine need not be read. A wrap shows in a newest pid lower than the one read
 * before; it has to be read more often than two wraps can happen.
 */
export class PidOrder {
  private newestPid = 0;
  private rounds = 0;

  constructor(private readonly readNewest: () => number = readNewestPid) {}

  /** The number of wraps so far; null on a system without /proc/loadavg. */
  round(): number | null {
    return this.update() === 0 ? null : this.rounds;
  }

  /** The lowest pid that a descendant can have: that of the process itself, or 0 after a wrap. */
  lowestOf({ pid, round }: PidBirth): number {
    const newest = this.update();
    return round === this.rounds && newest >= pid ? pid : 0;
  }

  private update(): number {
    const newest = this.readNewest();
    if (newest < this.newestPid) this.rounds += 1;
    this.newestPid = newest;
    return newest;
  }
}

function readNewestPid(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[NEWEST_PID_FIELD]);
  } catch {
    return 0;
  }
}

/** For the pid namespace of this process. */
export const pidOrder = new PidOrder();
