// Ends the processes of a stack whose `npm start` was killed.
//
// Standard input is a pipe from `npm start`, with one JSON line for each process that starts or ends. The system closes
// the pipe when `npm start` has ended, in whatever way. Then each process that is still on the list gets SIGTERM, and its
// process group gets SIGKILL when it has not ended in time; those with `endsLast` (Redis) follow after the others, so that
// workers can still release their jobs.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export type GuardMessage = { add: number; endsLast: boolean } | { remove: number };

/** Shorter than the drain time of a normal stop: there is nobody who waits for jobs to finish. */
const GRACE_MS = 3_000;
const CHECK_EVERY_MS = 50;

const processes = new Map<number, { endsLast: boolean }>();

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as GuardMessage;
  if ('add' in message) processes.set(message.add, { endsLast: message.endsLast });
  else processes.delete(message.remove);
}

for (const endsLast of [false, true])
  await end([...processes].filter(([, options]) => options.endsLast === endsLast).map(([pid]) => pid));

async function end(pids: readonly number[]): Promise<void> {
  for (const pid of pids) sendSignal(pid, 'SIGTERM');
  const killAtMs = performance.now() + GRACE_MS;
  while (pids.some((pid) => sendSignal(pid, 0)) && performance.now() < killAtMs) await sleep(CHECK_EVERY_MS);
  // The group also when its leader has ended: a child of the leader may be left.
  for (const pid of pids) sendSignal(-pid, 'SIGKILL');
}

/** False when there is no such process. */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
