import { hostname } from 'node:os';
import type { LeewayClient } from '@leeway/client';
import type { Job } from '@leeway/contract';
import type { RunLog } from './run-log.js';
import type { Runner } from './runner.js';
import {
  failingTask,
  hungTask,
  REPORT,
  slowTask,
  stepTasks,
  STEPS,
  usualWork,
  type WorkloadOptions,
} from './workload.js';

export interface Stage {
  client: LeewayClient;
  runner: Runner;
  log: RunLog;
  workload: WorkloadOptions;
  /** A model server is there for `chat` jobs. */
  chat: boolean;
  /** A worker may be killed with -9. */
  mayKill: boolean;
  tell: (line: string) => void;
  /** Wall clock, epoch ms: compared with times that the stack, on the same machine, has written. */
  nowMs: () => number;
}

/** What the demo did, as opposed to what came of it. */
export interface Deeds {
  kill: Kill | undefined;
}

export interface Kill {
  worker: string;
  pid: number;
  atMs: number;
  /** Jobs that ran on it. */
  jobs: string[];
}

/** The demo from its first task to its last: usual work, trouble, a killed worker. */
export async function tellStory(stage: Stage): Promise<Deeds> {
  const { runner, workload, tell } = stage;
  tell('usual work: a few dozen tasks, nothing is known of them');
  await Promise.all(usualWork({ ...workload, chat: stage.chat }).map((tasks) => runner.runAll(tasks)));

  tell('trouble: one task hangs with a grandchild, one fails, one takes three times as long as usual');
  const slow = slowTask(slowDurationMs(stage.log), workload);
  await Promise.all([
    runner.runAll([hungTask(workload)]),
    runner.runAll([failingTask(workload)]),
    runner.runAll([slow]),
  ]);

  return { kill: await loseWorker(stage) };
}

/** Kills a worker under tasks that take a while and sees them through; undefined where that cannot be done. */
async function loseWorker(stage: Stage): Promise<Kill | undefined> {
  const { client, runner, workload, log, tell } = stage;
  if (!stage.mayKill) {
    tell("killing a worker: left out on a stack that is not the demo's own (--kill-worker does it)");
    return undefined;
  }
  const workers = (await client.workers()).filter(
    (worker) => worker.state === 'active' && worker.kinds.includes('command'),
  );
  if (workers.length < 2) {
    tell('killing a worker: left out, for there would be none to take over');
    return undefined;
  }
  const free = workers.reduce((slots, worker) => slots + worker.concurrency - worker.running, 0);
  const tasks = stepTasks(workload);
  const steps = runner.runAll(tasks);
  await runner.until(() => log.counts(STEPS).running >= Math.max(1, Math.min(tasks.length, free)));
  const kill = await killBusiest(stage);
  tell(`worker ${kill.worker} (process ${kill.pid}) killed with -9 while it ran ${kill.jobs.length} tasks`);
  await steps;
  return kill;
}

const SLOW_FACTOR = 3;

/** Three times the median of what its like took, by the API's own answers. */
function slowDurationMs(log: RunLog): number {
  const durations = log.entries(REPORT).flatMap(({ job }) => job.attempts.at(-1)?.durationMs ?? []);
  const sorted = durations.toSorted((a, b) => a - b);
  return Math.round(SLOW_FACTOR * (sorted[Math.floor(sorted.length / 2)] ?? 0));
}

async function killBusiest({ client, log, nowMs }: Stage): Promise<Kill> {
  const running = log.entries(STEPS).filter(({ job }) => job.state === 'running');
  const runningOn = (id: string) => running.filter(({ job }) => workerOf(job) === id);
  const workers = [...new Set(running.map(({ job }) => workerOf(job)))];
  const worker = workers.toSorted((a, b) => runningOn(b).length - runningOn(a).length)[0];
  const info = (await client.workers()).find(({ id }) => id === worker);
  if (worker === undefined || info === undefined) throw new Error('no running task has a worker that the API knows');
  if (info.host !== hostname()) throw new Error(`worker ${worker} runs on ${info.host}, not on this machine`);
  const atMs = nowMs();
  process.kill(info.pid, 'SIGKILL');
  return { worker, pid: info.pid, atMs, jobs: runningOn(worker).map(({ job }) => job.id) };
}

function workerOf(job: Job): string {
  return job.attempts.at(-1)?.worker ?? '';
}
