import { durationText, type Attempt, type Job } from '@leeway/contract';
import type { Entry, RunLog } from './run-log.js';
import type { Kill } from './story.js';
import { FAILING_EXIT_CODE, REPORT, type Intent } from './workload.js';

/** A promise and whether it was kept; undefined: a figure without a promise, or a promise that could not be tested. */
export interface Finding {
  kept: boolean | undefined;
  text: string;
}

export interface Outcome {
  log: RunLog;
  kill: Kill | undefined;
  /** Processes of the demo's tasks that were left when all jobs had ended; undefined where they cannot be counted. */
  processesLeft: number | undefined;
  /** The limit of a command without history. */
  staticLimitMs: number;
}

/** Classes with fewer runs have hardly any history of their own. */
const ENOUGH_RUNS = 20;

/** Compares the jobs with the promises. None depends on how busy the machine is: durations are shown, not judged. */
export function findings(outcome: Outcome): Finding[] {
  const { log } = outcome;
  return [
    tighterDeadlines(log),
    hungTaskEnded(outcome),
    slowTaskSucceeded(log),
    failureReported(log),
    healthyTasksSucceeded(log),
    falseKills(log),
    lostTasksRanAgain(outcome),
    nothingLeft(outcome),
  ];
}

function tighterDeadlines(log: RunLog): Finding {
  const changes = log.families
    .filter((family) => log.counts(family).ended >= ENOUGH_RUNS)
    .map((family) => {
      const deadlines = log.firstDecisions(family).map(({ deadlineMs }) => deadlineMs);
      return { name: family.name, firstMs: deadlines[0] ?? 0, lastMs: deadlines.at(-1) ?? 0 };
    });
  const texts = changes.map(
    ({ name, firstMs, lastMs }) => `${name} ${durationText(firstMs)} -> ${durationText(lastMs)}`,
  );
  return {
    kept: changes.length > 0 && changes.every(({ firstMs, lastMs }) => lastMs < firstMs),
    text: `deadlines became tighter class by class: ${texts.join(', ')}`,
  };
}

function hungTaskEnded({ log, staticLimitMs }: Outcome): Finding {
  const job = jobWith(log, 'hangs');
  const attempts = job?.attempts ?? [];
  const kept =
    job?.state === 'failed' && job.cause === 'deadline' && attempts.every(({ outcome }) => outcome === 'stopped');
  const deadlines = attempts.map(({ decision }) => durationText(decision?.deadlineMs ?? 0)).join(' and ');
  return {
    kept,
    text: `the hung task ended with the cause ${job?.cause}, at deadlines of ${deadlines} instead of ${durationText(staticLimitMs)}`,
  };
}

function slowTaskSucceeded(log: RunLog): Finding {
  const job = jobWith(log, 'slow');
  const attempt = job?.attempts.at(-1);
  const usualMs = log.usualMs(REPORT) ?? 0;
  const times = ((attempt?.durationMs ?? 0) / usualMs).toFixed(1);
  return {
    kept: job?.state === 'succeeded',
    text: `the slow task ${job?.state} in attempt ${job?.attempts.length}: ${took(attempt)}, ${times} times the usual ${durationText(usualMs)}`,
  };
}

function failureReported(log: RunLog): Finding {
  const job = jobWith(log, 'fails');
  const exitCode = (job?.result as { exitCode?: number } | null | undefined)?.exitCode;
  return {
    kept: job?.state === 'failed' && job.cause === 'error' && exitCode === FAILING_EXIT_CODE,
    text: `the failing task ${job?.state} with exit code ${exitCode} after ${job?.attempts.length} attempts`,
  };
}

function healthyTasksSucceeded(log: RunLog): Finding {
  const jobs = entriesWith(log, 'healthy').map(({ job }) => job);
  const once = jobs.filter((job) => job.state === 'succeeded' && count(job, 'succeeded') === 1);
  return {
    kept: once.length === jobs.length,
    text: `${once.length} of ${jobs.length} healthy tasks succeeded, each once`,
  };
}

function falseKills(log: RunLog): Finding {
  const jobs = entriesWith(log, 'healthy').map(({ job }) => job);
  const stopped = jobs.reduce((sum, job) => sum + count(job, 'stopped'), 0);
  const all = stopped + jobs.reduce((sum, job) => sum + count(job, 'succeeded'), 0);
  const text = `healthy attempts that were stopped by mistake and run again: ${stopped} of ${all}`;
  return { kept: stopped === 0 ? true : undefined, text };
}

function lostTasksRanAgain({ log, kill }: Outcome): Finding {
  if (kill === undefined) return { kept: undefined, text: 'no worker was killed' };
  const isLost = ({ worker, outcome }: Attempt) => worker === kill.worker && outcome === 'lost';
  const lost = log.entries().flatMap(({ job }) => (job.attempts.some(isLost) ? [job] : []));
  const restarts = lost.flatMap((job) => job.attempts[job.attempts.findIndex(isLost) + 1] ?? []);
  const delays = restarts.map(({ startedAt }) => Date.parse(startedAt) - kill.atMs);
  return {
    kept: lost.length > 0 && restarts.length === lost.length && lost.every(({ state }) => state === 'succeeded'),
    text: `a worker was killed: ${restarts.length} of its ${lost.length} tasks ran again on another one, the last after ${durationText(Math.max(0, ...delays))}`,
  };
}

function nothingLeft({ processesLeft }: Outcome): Finding {
  if (processesLeft === undefined) return { kept: undefined, text: 'processes left: cannot be counted on this system' };
  return { kept: processesLeft === 0, text: `processes of ended tasks left on this machine: ${processesLeft}` };
}

function entriesWith(log: RunLog, intent: Intent): Entry[] {
  return log.entries().filter(({ task }) => task.intent === intent);
}

function jobWith(log: RunLog, intent: Intent): Job | undefined {
  return entriesWith(log, intent)[0]?.job;
}

function count(job: Job, outcome: Attempt['outcome']): number {
  return job.attempts.filter((attempt) => attempt.outcome === outcome).length;
}

function took(attempt: Attempt | undefined): string {
  return `${durationText(attempt?.durationMs ?? 0)} of ${durationText(attempt?.decision?.deadlineMs ?? 0)} allowed`;
}
