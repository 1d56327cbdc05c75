import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const CHECK_EVERY_MS = 50;
const REQUEST_TIMEOUT_MS = 2_000;

/** Resolves when `check` returns true; stays open when the child ends before. */
export async function untilReady(child: ChildProcess, check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) {
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => {});
    await sleep(CHECK_EVERY_MS);
  }
}

/** Whether a GET of this address is answered with a status of 2xx. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
