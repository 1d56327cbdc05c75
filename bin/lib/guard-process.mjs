// A process of its own that outlives a killed `npm start` for a moment and ends what it left behind.
//
// Standard input is a pipe from the start. It brings one JSON line for each process that begins ({ add, last }) or ends
// ({ remove }). The system closes the pipe when the start is gone, however it went: then everything still on the list
// is asked to stop, and killed with its process group if it has not stopped in time; those marked `last` (Redis) after
// the others, so that work can still be handed back.

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Shorter than the drain of a normal stop: nobody is there who waits for jobs to finish. */
const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 50;

const processes = new Map();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const { add, last = false, remove } = JSON.parse(line);
  if (add !== undefined) processes.set(add, { last });
  if (remove !== undefined) processes.delete(remove);
}

const pids = [...processes.keys()];
await end(pids.filter((pid) => !processes.get(pid).last));
await end(pids.filter((pid) => processes.get(pid).last));

async function end(list) {
  for (const pid of list) signal(pid, 'SIGTERM');
  const killAt = performance.now() + GRACE_MS;
  while (list.some(isAlive) && performance.now() < killAt) await sleep(LOOK_EVERY_MS);
  // The group, and also when its leader is gone: a child of it may have stayed.
  for (const pid of list) signal(-pid, 'SIGKILL');
}

function isAlive(pid) {
  return signal(pid, 0);
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}
