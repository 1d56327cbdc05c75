import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;
const REQUEST_TIMEOUT_MS = 2_000;

/** Resolves when `look()` gives true; never, when the child ends before. */
export async function whenItHolds(child, look) {
  while (!(await look())) {
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => {});
    await sleep(LOOK_EVERY_MS);
  }
}

/** Whether a GET of this address is answered with 2xx. */
export async function answersOk(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
