import { readFileSync } from 'node:fs';

/** In /proc/loadavg: the number that the kernel gave last. */
const LAST_PID_FIELD = 4;

/** Where a process stands in the order in which the kernel gives numbers. */
export interface PidBirth {
  readonly pid: number;
  /** How often the numbers had begun anew when it started; null: not known. */
  readonly round: number | null;
}

/**
 * Process numbers rise until the kernel begins anew at the low end. As long as it has not, everything that a process
 * started has a higher number than it, and the older processes of a large machine need not be read. Beginning anew
 * shows in a last number lower than the one before; somebody has to look more often than that can happen twice.
 */
export class PidOrder {
  #last = 0;
  #round = 0;

  constructor(private readonly readLast: () => number = readLastPid) {}

  /** The present round; null on a system that does not tell. */
  round(): number | null {
    return this.#look() === 0 ? null : this.#round;
  }

  /** The lowest number that a descendant can have: that of the process itself, or 0 if the order does not hold. */
  lowestOf({ pid, round }: PidBirth): number {
    const last = this.#look();
    return round === this.#round && last >= pid ? pid : 0;
  }

  #look(): number {
    const last = this.readLast();
    if (last < this.#last) this.#round += 1;
    this.#last = last;
    return last;
  }
}

function readLastPid(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[LAST_PID_FIELD]);
  } catch {
    return 0;
  }
}

/** Of this machine, or of the part of it that this process sees. */
export const pidOrder = new PidOrder();
