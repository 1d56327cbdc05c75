import { durationText, type Attempt, type Job } from '@leeway/contract';
import type { Entry, RunLog } from './run-log.js';
import type { Deeds } from './story.js';
import { FAILING_EXIT_CODE, type Family } from './workload.js';

/** A promise held against what the API answered. `kept` undefined: it could not be tried. */
export interface Finding {
  kept: boolean | undefined;
  text: string;
}

export interface LearnedRow {
  family: Family;
  runs: number;
  firstDeadlineMs: number;
  lastDeadlineMs: number;
  usualMs: number;
}

export interface Outcome {
  log: RunLog;
  deeds: Deeds;
  /** Processes of this run that were still there when every job had ended; undefined: this system does not tell. */
  processesLeft: number | undefined;
  /** `supervision.graceMs` of the policy in force. */
  graceMs: number;
  /** What a job of no known class is allowed: the limit without learning. */
  staticLimitMs: number;
}

/** What was learned, class by class. */
export function learnedRows(log: RunLog): LearnedRow[] {
  return log.families.flatMap((family) => {
    const tries = log.firstTries(family);
    const [first, last] = [tries[0]?.decision, tries.at(-1)?.decision];
    if (first === undefined || first === null || last === undefined || last === null) return [];
    const durations = healthy(log.entries(family)).flatMap(({ job }) => job.attempts.at(-1)?.durationMs ?? []);
    return [
      {
        family,
        runs: durations.length,
        firstDeadlineMs: first.deadlineMs,
        lastDeadlineMs: last.deadlineMs,
        usualMs: median(durations),
      },
    ];
  });
}

/** Everything that was promised, and whether it happened. */
export function findings(outcome: Outcome): Finding[] {
  return [
    tightened(outcome),
    hungEnded(outcome),
    slowLetThrough(outcome),
    failedHonestly(outcome),
    ...healthyWork(outcome),
    recovered(outcome),
    nothingLeft(outcome),
  ];
}

function tightened({ log }: Outcome): Finding {
  // The steps are few: their class has no history of its own yet.
  const rows = learnedRows(log).filter((row) => row.runs >= ENOUGH_RUNS);
  const texts = rows.map(
    (row) => `${row.family.name} ${durationText(row.firstDeadlineMs)} -> ${durationText(row.lastDeadlineMs)}`,
  );
  const kept = rows.length > 0 && rows.every((row) => row.lastDeadlineMs < row.firstDeadlineMs);
  return { kept, text: `deadlines tightened class by class: ${texts.join(', ')}` };
}
const ENOUGH_RUNS = 20;

function hungEnded({ log, graceMs, staticLimitMs }: Outcome): Finding {
  const job = byIntent(log, 'hangs')[0]?.job;
  const attempts = job?.attempts ?? [];
  const kept =
    job?.state === 'failed' && job.cause === 'deadline' && attempts.every((attempt) => endedBy(attempt, graceMs));
  const limits = attempts.map((attempt) => durationText(attempt.decision?.deadlineMs ?? 0)).join(' and ');
  const ends = attempts.map((attempt) => durationText(attempt.durationMs ?? 0)).join(' and ');
  const grace = `it ignores the request to stop and is ended by force after ${durationText(graceMs)} of grace`;
  return {
    kept,
    text: `the hung task ended with the cause ${job?.cause ?? 'none'}, at deadlines of ${limits} instead of ${durationText(staticLimitMs)}; gone after ${ends}, for ${grace}`,
  };
}

/** What the supervisor may take beyond deadline and grace to settle. */
const SETTLE_MS = 1_000;

function endedBy(attempt: Attempt, graceMs: number): boolean {
  if (attempt.decision === null || attempt.durationMs === null) return false;
  return attempt.outcome === 'stopped' && attempt.durationMs <= attempt.decision.deadlineMs + graceMs + SETTLE_MS;
}

function slowLetThrough({ log }: Outcome): Finding {
  const entry = byIntent(log, 'slow')[0];
  const attempt = entry?.job.attempts[0];
  if (entry === undefined || attempt === undefined || attempt.decision === null)
    return { kept: false, text: 'the slow task never ran' };
  const usualMs = median(
    healthy(log.entries(entry.task.family)).flatMap(({ job }) => job.attempts.at(-1)?.durationMs ?? []),
  );
  const times = ((attempt.durationMs ?? 0) / usualMs).toFixed(1);
  const kept = entry.job.state === 'succeeded' && entry.job.attempts.length === 1;
  return {
    kept,
    text: `the slow but healthy task was ${kept ? 'let through' : 'not let through'}: ${took(attempt)}, ${times} times the usual ${durationText(usualMs)}`,
  };
}

function failedHonestly({ log }: Outcome): Finding {
  const job = byIntent(log, 'fails')[0]?.job;
  const exitCode = (job?.result as { exitCode?: number } | null)?.exitCode;
  const kept = job?.state === 'failed' && job.cause === 'error' && exitCode === FAILING_EXIT_CODE;
  return {
    kept,
    text: `the failing task ended as ${job?.state}, exit code ${exitCode ?? 'none'}, after ${job?.attempts.length ?? 0} attempts`,
  };
}

function healthyWork({ log }: Outcome): Finding[] {
  const entries = healthy(log.entries());
  const jobs = entries.map(({ job }) => job);
  const onceEach = jobs.filter(
    (job) => job.state === 'succeeded' && job.attempts.filter((a) => a.outcome === 'succeeded').length === 1,
  ).length;
  const attempts = jobs.flatMap((job) =>
    job.attempts.filter((a) => a.outcome === 'succeeded' || a.outcome === 'stopped'),
  );
  const killed = attempts.filter((attempt) => attempt.outcome === 'stopped').length;
  const share = attempts.length === 0 ? 0 : killed / attempts.length;
  return [
    { kept: onceEach === jobs.length, text: `${onceEach} of ${jobs.length} healthy tasks succeeded, each once` },
    { kept: share <= FALSE_KILL_LIMIT, text: `healthy attempts that were killed: ${killed} of ${attempts.length}` },
  ];
}

/** The share of healthy attempts that may be killed and run again. */
const FALSE_KILL_LIMIT = 0.02;

/** Longest time from the kill of a worker to the next start of its jobs that is promised. */
const RECOVERY_LIMIT_MS = 6_000;

function recovered({ log, deeds }: Outcome): Finding {
  const { kill } = deeds;
  if (kill === undefined) return { kept: undefined, text: 'no worker was killed' };
  const jobs = log
    .entries()
    .filter(({ job }) => kill.jobs.includes(job.id))
    .map(({ job }) => job);
  const delays = jobs.map((job) => restartDelayMs(job, kill.atMs));
  const slowestMs = Math.max(...delays);
  const kept = jobs.every((job) => job.state === 'succeeded') && slowestMs <= RECOVERY_LIMIT_MS;
  const when = Number.isFinite(slowestMs)
    ? `the first after ${durationText(Math.min(...delays))}, the last after ${durationText(slowestMs)}`
    : 'not all of them';
  return { kept, text: `a worker was killed with -9: its ${jobs.length} tasks ran again elsewhere, ${when}` };
}

/** From the kill to the start of the next attempt; infinite when there was none. */
function restartDelayMs(job: Job, killedAtMs: number): number {
  const lost = job.attempts.findIndex((attempt) => attempt.outcome === 'lost');
  const next = lost === -1 ? undefined : job.attempts[lost + 1];
  return next === undefined ? Number.POSITIVE_INFINITY : Date.parse(next.startedAt) - killedAtMs;
}

function nothingLeft({ processesLeft }: Outcome): Finding {
  if (processesLeft === undefined) return { kept: undefined, text: 'processes left: cannot be counted on this system' };
  return { kept: processesLeft === 0, text: `processes of ended tasks left on this machine: ${processesLeft}` };
}

function byIntent(log: RunLog, intent: string): Entry[] {
  return log.entries().filter(({ task }) => task.intent === intent);
}

function healthy(entries: Entry[]): Entry[] {
  return entries.filter(({ task }) => task.intent === 'healthy' || task.intent === 'loses_its_worker');
}

function took(attempt: Attempt): string {
  const allowed = attempt.decision === null ? '' : ` of ${durationText(attempt.decision.deadlineMs)} allowed`;
  return `${durationText(attempt.durationMs ?? 0)}${allowed}`;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
