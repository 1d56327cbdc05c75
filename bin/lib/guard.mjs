import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./guard-process.mjs', import.meta.url));

/**
 * Starts the process that ends ours when this one is killed. It runs in a session of its own, so that neither Ctrl-C
 * nor a signal to our group reaches it, and is started again should somebody kill it.
 */
export function startGuard({ onStarted }) {
  const pids = new Map();
  let guard;
  let isOver = false;

  const tell = (message) => guard.stdin.write(`${JSON.stringify(message)}\n`);
  const begin = () => {
    guard = spawn(process.execPath, [PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
    // It may die between two writes; its successor gets the whole list.
    guard.stdin.on('error', () => {});
    guard.once('exit', () => {
      if (!isOver) begin();
    });
    for (const [pid, last] of pids) tell({ add: pid, last });
    onStarted(guard.pid);
  };
  begin();

  return {
    /** `last`: to be ended only when all others are gone. */
    add(pid, { last }) {
      pids.set(pid, last);
      tell({ add: pid, last });
    },
    remove(pid) {
      pids.delete(pid);
      tell({ remove: pid });
    },
    /** Lets the guard go; it ends what is still on its list. Resolves when it has. */
    close() {
      isOver = true;
      return new Promise((resolve) => {
        if (guard.exitCode !== null || guard.signalCode !== null) return resolve();
        guard.once('exit', () => resolve());
        guard.stdin.end();
      });
    },
  };
}
