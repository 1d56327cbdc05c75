import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from '@leeway/testkit';
import { CONCURRENCY, type Contender } from './contenders.js';
import { readStarts } from './facts.js';
import { TASK_MODULE } from './task.js';

/** What befalls the worker: its process ends, or it stays and does nothing any more. */
export type Blow = 'SIGKILL' | 'SIGSTOP';

export interface Measured {
  /** From the blow until as many of its jobs ran again as the other worker had room for, in ms; null: not within the time. */
  recoveryMs: number | null;
  /** From the start of a job that never settles until it was started again, in ms; null: not within the time. */
  stuckMs: number | null;
  /** How long it was watched for that, in ms. */
  watchedMs: number;
}

const JOB_MS = 600_000;
/** The job that hangs takes one place of the worker that is left. */
const ROOM = CONCURRENCY - 1;
/** Both workers have settled by then: whoever watches has watched for long enough to judge. */
const STEADY_MS = 8_000;
const POLL_MS = 20;

/** A worker full of jobs, a second one with a job that hangs; then the first one gets the blow. */
export async function measure(contender: Contender, blow: Blow, mostMs: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
  const facts = join(folder, 'facts');
  const module = join(folder, 'task.mjs');
  writeFileSync(facts, '');
  writeFileSync(module, TASK_MODULE);
  const running = await contender.start({ facts, module });
  try {
    const victim = await running.addWorker();
    const tasks = Array.from({ length: CONCURRENCY }, (_, i) => `job-${i}`);
    for (const task of tasks) await running.submit(task, JOB_MS);
    await waitUntil(() => tasks.every((task) => startsOf(facts, task).length === 1), { what: 'its worker to be full' });
    await running.addWorker();
    await running.submit('stuck', 0);
    await waitUntil(() => startsOf(facts, 'stuck').length === 1, { what: 'a job that hangs' });
    await sleep(STEADY_MS);
    const blowAt = Date.now();
    if (blow === 'SIGKILL') await victim.kill9();
    else victim.stop();
    const again = () => tasks.flatMap((task) => startsOf(facts, task).slice(1, 2)).toSorted((a, b) => a - b);
    await within(mostMs, () => again().length >= ROOM && startsOf(facts, 'stuck').length > 1);
    const [first = 0, second] = startsOf(facts, 'stuck');
    return {
      recoveryMs: recovered(again()[ROOM - 1], blowAt),
      stuckMs: second === undefined ? null : second - first,
      watchedMs: Date.now() - first,
    };
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function recovered(atMs: number | undefined, blowAt: number): number | null {
  return atMs === undefined ? null : atMs - blowAt;
}

/** When each start of a task was, in order. */
function startsOf(facts: string, task: string): number[] {
  return readStarts(facts)
    .filter((start) => start.task === task)
    .map(({ atMs }) => atMs);
}

async function within(mostMs: number, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + mostMs;
  while (!holds() && performance.now() < endMs) await sleep(POLL_MS);
}
