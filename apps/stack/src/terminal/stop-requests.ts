import { readFileSync } from 'node:fs';

const CHECK_PARENT_EVERY_MS = 500;

export interface StopRequests {
  /** Resolves at the first request. */
  readonly first: Promise<void>;
  /** The cause of the first request, for people; undefined before it. */
  readonly reason: string | undefined;
  /** Fires at the second request. */
  readonly second: AbortSignal;
}

/** From now on Ctrl-C, SIGTERM, a closed terminal and, where it is watched, the death of npm are requests to stop. */
export function stopRequests({ watchNpm }: { watchNpm: boolean }): StopRequests {
  const first = new AbortController();
  const second = new AbortController();
  let reason: string | undefined;
  const request = (cause: string) => {
    if (reason !== undefined) return second.abort();
    reason = cause;
    first.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => request(signal === 'SIGINT' ? 'Ctrl-C' : signal));
  // The terminal may be closed: a line that cannot be printed must not prevent the stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  if (watchNpm) onParentDeath(() => request('npm has ended'));
  return {
    first: new Promise((resolve) => first.signal.addEventListener('abort', () => resolve())),
    get reason() {
      return reason;
    },
    second: second.signal,
  };
}

/** A SIGKILL of npm sends no signal to this process, but changes the parent of this process or of the shell in between. */
function onParentDeath(callback: () => void): void {
  const atStart = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === atStart) return;
    clearInterval(timer);
    callback();
  }, CHECK_PARENT_EVERY_MS);
  timer.unref();
}

/** Our parent and, unless that is npm itself, its parent; the parent alone where there is no /proc. */
function ancestors(): string {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return command.startsWith('npm') ? `${process.ppid}` : `${process.ppid} of ${parent}`;
  } catch {
    return `${process.ppid}`;
  }
}
