import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.mjs';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A process that ran this long was well; its next crash is the first of a new row. */
const WELL_AFTER_MS = 60_000;
/** The last lines of a process may still be in the pipe when it is gone; a child of it can keep the pipe open for ever. */
const LAST_LINES_MS = 200;

/**
 * Runs a process and starts it again, after a growing pause, when it ends by itself. Before it was ready for the first
 * time its end is final: then something is wrong that a second try will not mend.
 *
 * `launch()` gives a child in a process group of its own; `isReady(child, lines)` resolves when it can be used; `guard`
 * is told who runs; `onLine(line)` gets what it prints; `announce(text)` what a person should know.
 */
export function keepRunning({ name, launch, isReady, guard, last = false, onLine, announce }) {
  let child;
  let timer;
  let isStopping = false;
  let pauseMs = FIRST_PAUSE_MS;
  let reportEnd;
  const ended = new Promise((resolve) => (reportEnd = resolve));

  const begin = (firstTime) => {
    const startedAt = performance.now();
    const current = (child = launch());
    const lines = collectLines(current, onLine);
    if (current.pid !== undefined) guard.add(current.pid, { last });
    const exit = new Promise((resolve) => {
      current.once('error', (error) => resolve(error.message));
      current.once('exit', (code, signal) => {
        const closed = new Promise((done) => current.once('close', done));
        void Promise.race([closed, sleep(LAST_LINES_MS)]).then(() => resolve(signal ?? `code ${code}`));
      });
    });
    let wasReady = false;
    const ready = isReady(current, lines).then(() => (wasReady = true));
    // A restarted process that never gets ready ends or is seen in its log; nobody waits for this promise then.
    ready.catch(() => {});
    void exit.then((how) => {
      if (current.pid !== undefined) guard.remove(current.pid);
      child = undefined;
      if (isStopping || (firstTime && !wasReady)) return reportEnd();
      if (performance.now() - startedAt > WELL_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      announce(`${name} ended (${how}); starting it again in ${pauseMs / 1_000} s`);
      timer = setTimeout(begin, pauseMs, false);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    });
    return Promise.race([
      ready,
      exit.then((how) => {
        throw new Refusal(`${name} ended (${how}) before it was ready; its last lines are above.`);
      }),
    ]);
  };
  const ready = begin(true);
  ready.catch(() => {});

  return {
    name,
    /** Rejects with a Refusal when it ends before it is ready. */
    ready,
    /** Asks it to stop, or with SIGKILL ends its group. Resolves when it is gone. Twice is fine. */
    stop(signal = 'SIGTERM') {
      isStopping = true;
      clearTimeout(timer);
      if (child === undefined) reportEnd();
      else sendSignal(child.pid, signal);
      return ended;
    },
    isRunning: () => child !== undefined,
  };
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
function collectLines(child, onLine) {
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
