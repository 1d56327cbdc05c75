import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.mjs';

const FIRST_PAUSE_MS = 500;
/** Longer would leave a stack without workers, or without Redis, for no good: a start costs less than a second. */
const LONGEST_PAUSE_MS = 5_000;
/** A process that ran this long was well; its next crash is the first of a new row. */
const WELL_AFTER_MS = 5_000;
/** The last lines of a process may still be in the pipe when it is gone; a child of it can keep the pipe open for ever. */
const LAST_LINES_MS = 200;

/**
 * Runs a process and starts it again, after a growing pause, when it ends by itself. Before it was ready for the first
 * time its end is final: then something is wrong that a second try will not mend.
 *
 * `launch()` gives a child in a process group of its own; `isReady(child, lines)` resolves when it can be used; `guard`
 * is told who runs, and to end it after the others if it is `last`; `onLine(line)` gets what it prints;
 * `announce(text)` what a person should know. The pause
 * grows while the process ends within `wellAfterMs` of its start.
 */
export function keepRunning(options) {
  const { name, launch, isReady, guard, last = false, onLine, announce, wellAfterMs = WELL_AFTER_MS } = options;
  let child;
  let timer;
  let wasReady = false;
  let isStopping = false;
  let pauseMs = FIRST_PAUSE_MS;
  let reportEnd;
  const ended = new Promise((resolve) => (reportEnd = resolve));

  const begin = () => {
    const startedAt = performance.now();
    child = launch();
    const { pid } = child;
    if (pid !== undefined) guard.add(pid, { last });
    const ready = isReady(child, watchLines(child, onLine)).then(() => (wasReady = true));
    const exit = endOf(child).then((how) => {
      if (pid !== undefined) guard.remove(pid);
      child = undefined;
      if (isStopping || !wasReady) reportEnd();
      else again(how, performance.now() - startedAt);
      throw new Refusal(`${name} ended (${how}) before it was ready; its last lines are above.`);
    });
    // Only the first start is waited for.
    exit.catch(() => {});
    return Promise.race([ready, exit]);
  };
  const again = (how, ranMs) => {
    if (ranMs > wellAfterMs) pauseMs = FIRST_PAUSE_MS;
    announce(`${name} ended (${how}); starting it again in ${pauseMs / 1_000} s`);
    timer = setTimeout(() => void begin().catch(() => {}), pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  };
  const ready = begin();
  ready.catch(() => {});

  return {
    name,
    /** Rejects with a Refusal when it ends before it is ready. */
    ready,
    wasReady: () => wasReady,
    isRunning: () => child !== undefined,
    /** Asks it to stop, or with SIGKILL ends its group. Resolves when it is gone. Twice is fine. */
    stop(signal = 'SIGTERM') {
      isStopping = true;
      clearTimeout(timer);
      if (child === undefined) reportEnd();
      else sendSignal(child.pid, signal);
      return ended;
    },
  };
}

/** How a child ended, once it has and its last lines have been read. */
function endOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const closed = new Promise((done) => child.once('close', done));
      void Promise.race([closed, sleep(LAST_LINES_MS)]).then(() => resolve(signal ?? `code ${code}`));
    });
  });
}

function sendSignal(pid, signal) {
  try {
    // A forced end takes the children along; a polite one is the process's own to pass on.
    process.kill(signal === 'SIGKILL' ? -pid : pid, signal);
  } catch {
    // Gone in between.
  }
}

/** Hands on every line, and lets others look at each. */
function watchLines(child, onLine) {
  const watchers = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      for (const watch of watchers) watch(line);
      onLine(line);
    });
  }
  return {
    /** Resolves at the first line for which `test(line)` holds. */
    waitFor: (test) =>
      new Promise((resolve) => {
        const watch = (line) => {
          if (!test(line)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
      }),
  };
}
