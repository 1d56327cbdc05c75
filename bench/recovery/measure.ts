import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@leeway/testkit';
import { readStarts } from './starts.js';
import { CONCURRENCY, type System } from './systems.js';
import { TASK_MODULE } from './task.js';

/** The fault of the worker: its process ends, or it freezes. */
export type Fault = 'SIGKILL' | 'SIGSTOP';

export interface Measured {
  /** From the fault until as many of its jobs run again as the other worker has room for, in ms; null: not within the time. */
  recoveryMs: number | null;
  /** From the start of a job that never settles until it is started again, in ms; null: not within the time. */
  hungMs: number | null;
  /** For how long that job was observed, in ms. */
  watchedMs: number;
}

const JOB_MS = 600_000;
/** The job that hangs takes one place of the other worker. */
const ROOM = CONCURRENCY - 1;
/** By then the watchdogs are in a steady state, and the job that hangs has been started again where a system does that. */
const STEADY_MS = 12_000;
const POLL_MS = 20;

/** Fills a worker with jobs, starts a second one with a job that hangs, and causes the fault in the first one. */
export async function measure(system: System, fault: Fault, limitMs: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
  const starts = join(folder, 'starts');
  const module = join(folder, 'task.mjs');
  writeFileSync(starts, '');
  writeFileSync(module, TASK_MODULE);
  const running = await system.start({ starts, module });
  try {
    const victim = await running.addWorker();
    const tasks = Array.from({ length: CONCURRENCY }, (_, i) => `job-${i}`);
    for (const task of tasks) await running.submit(task, JOB_MS);
    await waitUntil(() => tasks.every((task) => startsOf(starts, task).length === 1), {
      what: 'the worker to be full',
    });
    await running.addWorker();
    await running.submit('hung', 0);
    await waitUntil(() => startsOf(starts, 'hung').length === 1, { what: 'the job that hangs to start' });
    await sleep(STEADY_MS);
    const faultAtMs = Date.now();
    if (fault === 'SIGKILL') await victim.kill9();
    else victim.stop();
    const again = () => tasks.flatMap((task) => startsOf(starts, task).slice(1, 2)).toSorted((a, b) => a - b);
    await waitAtMost(limitMs, () => again().length >= ROOM && startsOf(starts, 'hung').length > 1);
    const [first = 0, second] = startsOf(starts, 'hung');
    return {
      recoveryMs: recovered(again()[ROOM - 1], faultAtMs),
      hungMs: second === undefined ? null : second - first,
      watchedMs: Date.now() - first,
    };
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function recovered(atMs: number | undefined, faultAtMs: number): number | null {
  return atMs === undefined ? null : atMs - faultAtMs;
}

/** The times at which a task was started, in order. */
function startsOf(file: string, task: string): number[] {
  return readStarts(file)
    .filter((start) => start.task === task)
    .map(({ atMs }) => atMs);
}

async function waitAtMost(limitMs: number, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition() && performance.now() < endMs) await sleep(POLL_MS);
}
