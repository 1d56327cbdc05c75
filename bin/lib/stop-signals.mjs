import { readFileSync } from 'node:fs';

const PARENT_LOOK_MS = 500;

/**
 * From now on Ctrl-C, SIGTERM, a closed terminal and the death of npm are requests to stop. `first` resolves with the
 * reason, `second` when somebody asks again.
 */
export function untilAskedToStop() {
  const asked = [];
  let resolveFirst;
  let resolveSecond;
  const first = new Promise((resolve) => (resolveFirst = resolve));
  const second = new Promise((resolve) => (resolveSecond = resolve));
  const ask = (why) => {
    asked.push(why);
    if (asked.length === 1) resolveFirst(why);
    else resolveSecond(why);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => ask(signal === 'SIGINT' ? 'Ctrl-C' : signal));
  // The terminal may be gone: what cannot be printed must not keep us from stopping.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  watchNpm(() => ask('npm has ended'));
  return { first, second, isAsked: () => asked.length > 0 };
}

/**
 * A kill -9 of npm reaches nobody else. Its death shows in who our parent is, or, as npm puts a shell in between, in who
 * that shell's parent is.
 */
function watchNpm(onEnd) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const atStart = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === atStart) return;
    clearInterval(timer);
    onEnd();
  }, PARENT_LOOK_MS);
  timer.unref();
}

/** Our parent and, when that is not npm itself, its parent; where there is no /proc the parent alone. */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const command = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return command.startsWith('npm') ? `${process.ppid}` : `${process.ppid} of ${parent}`;
  } catch {
    return `${process.ppid}`;
  }
}
