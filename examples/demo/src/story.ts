import { hostname } from 'node:os';
import type { LeewayClient } from '@leeway/client';
import type { RunLog } from './run-log.js';
import type { Runner } from './runner.js';
import { failingTask, hungTask, ordinaryTasks, REPORT, slowTask, STEPS, stepTasks } from './workload.js';
import type { WorkloadOptions } from './workload.js';

export interface Stage {
  client: LeewayClient;
  runner: Runner;
  log: RunLog;
  workload: WorkloadOptions;
  /** Whether a model server for `chat` jobs is configured. */
  chat: boolean;
  /** Whether a worker may be killed with -9. */
  mayKill: boolean;
}

export interface Kill {
  worker: string;
  /** Wall clock, epoch ms: compared with times that the stack, on the same machine, has stored. */
  atMs: number;
}

const SLOW_FACTOR = 3;
/** A slow task that came nearer to its deadline could be ended on a busy machine. */
const SLOW_SHARE_OF_DEADLINE = 0.6;

/** Ordinary work, then trouble, then a killed worker. Resolves when all tasks have ended. */
export async function playStory(stage: Stage): Promise<Kill | undefined> {
  const { runner, workload } = stage;
  runner.print('ordinary work: a few dozen tasks of classes without any history');
  await Promise.all(ordinaryTasks({ ...workload, chat: stage.chat }).map((tasks) => runner.runAll(tasks)));

  runner.print('trouble: one task hangs with a child process, one fails, one is much slower than usual');
  await Promise.all([
    runner.runAll([hungTask(workload)]),
    runner.runAll([failingTask(workload)]),
    runner.runAll([slowTask(slowDurationMs(stage.log), workload)]),
  ]);
  return loseWorker(stage);
}

/** Three times as long as usual, but well within the deadline of its class. */
function slowDurationMs(log: RunLog): number {
  const deadlineMs = log.firstDecisions(REPORT).at(-1)?.deadlineMs ?? 0;
  return Math.round(Math.min(SLOW_FACTOR * (log.usualMs(REPORT) ?? 0), SLOW_SHARE_OF_DEADLINE * deadlineMs));
}

/** Kills a worker in the middle of its tasks; undefined where that is not possible. */
async function loseWorker(stage: Stage): Promise<Kill | undefined> {
  const { client, runner, workload, log } = stage;
  const workers = (await client.workers()).filter(
    ({ state, kinds }) => state === 'active' && kinds.includes('command'),
  );
  if (!stage.mayKill || workers.length < 2) {
    runner.print(
      stage.mayKill
        ? 'no worker is killed: there is no second one for its tasks'
        : 'no worker is killed on a stack that the demo did not start (--kill-worker does it)',
    );
    return undefined;
  }
  const steps = runner.runAll(stepTasks(workload));
  await runner.until(() => {
    const { running, waiting, ended } = log.counts(STEPS);
    return running > 0 && (waiting === 0 || ended > 0);
  });
  const kill = await killBusiest(stage);
  await steps;
  return kill;
}

async function killBusiest({ client, runner, log }: Stage): Promise<Kill> {
  const owners = log.running(STEPS).map(({ job }) => job.attempts.at(-1)?.worker ?? '');
  const tasksOf = (worker: string) => owners.filter((owner) => owner === worker).length;
  const worker = owners.toSorted((a, b) => tasksOf(b) - tasksOf(a))[0];
  const info = (await client.workers()).find(({ id }) => id === worker);
  if (worker === undefined || info === undefined) throw new Error('the API lists no worker with a running task');
  if (info.host !== hostname()) throw new Error(`worker ${worker} runs on ${info.host}, not on this machine`);
  const atMs = Date.now();
  process.kill(info.pid, 'SIGKILL');
  runner.print(`worker ${worker} (process ${info.pid}) killed with -9 while it ran ${tasksOf(worker)} tasks`);
  return { worker, atMs };
}
