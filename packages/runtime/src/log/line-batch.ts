import { pino, symbols } from 'pino';

/** Lines that wait are written at this many bytes at the latest. */
const MAX_BYTES = 8 * 1_024;
const WARN = pino.levels.values['warn'] as number;

/**
 * Writes log lines to a file descriptor, synchronously: warnings and errors at once, other lines together at the end of the
 * turn of the event loop, since a system call for each costs more than the line. An exit, an uncaught error included, loses
 * none. A process that is killed in the middle of a turn loses the lines of that turn below a warning; which attempt it
 * ran is in Redis, and in the last words of the heartbeat thread where the event loop was blocked.
 */
export class LineBatch {
  /** Has pino set `lastLevel` before each line. */
  readonly [symbols.needsMetadataGsym] = true as const;
  lastLevel = WARN;
  private readonly out: ReturnType<typeof pino.destination>;
  private isScheduled = false;

  constructor(fd: number) {
    this.out = pino.destination({ fd, sync: true, minLength: MAX_BYTES });
    process.on('exit', this.flush);
  }

  write(line: string): void {
    this.out.write(line);
    if (this.lastLevel >= WARN) return this.flush();
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.flush);
  }

  private readonly flush = (): void => {
    this.isScheduled = false;
    this.out.flushSync();
  };
}
