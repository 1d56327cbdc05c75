import { durationText, isFinal, type Attempt, type Job } from '@leeway/contract';
import type { RunLog } from './run-log.js';
import type { Family, Task } from './workload.js';

/** What is worth a line when an answer of the API differs from the one before. */
export function newsOf(task: Task, before: Job | undefined, now: Job): string[] {
  const ended = now.attempts.filter(
    (attempt, index) => attempt.outcome !== null && (before?.attempts[index]?.outcome ?? null) === null,
  );
  const lines = ended.flatMap((attempt) => attemptNews(attempt, task));
  const isNewlyFinal = isFinal(now.state) && (before === undefined || !isFinal(before.state));
  if (isNewlyFinal) lines.push(...endNews(task, now));
  return lines;
}

function endNews(task: Task, job: Job): string[] {
  const isOrdinary = task.intent === 'healthy' || task.intent === 'loses_its_worker';
  if (!isOrdinary || job.state !== 'succeeded') return [`${title(task)} ${endOf(job)}`];
  return job.attempts.length > 1 ? [`${title(task)} succeeded in attempt ${job.attempts.length}`] : [];
}

const TITLES: Record<Task['intent'], string> = {
  healthy: 'a healthy task',
  slow: 'the slow but healthy one',
  hangs: 'the hung one',
  fails: 'the failing one',
  loses_its_worker: 'a task',
};

function title(task: Task): string {
  return `${task.family.name}: ${TITLES[task.intent]}`;
}

function attemptNews(attempt: Attempt, task: Task): string[] {
  if (attempt.outcome === 'succeeded') return [];
  if (attempt.outcome === 'lost') return [`${title(task)} lost its worker, goes to another one`];
  const took = attempt.durationMs === null ? '' : ` after ${durationText(attempt.durationMs)}`;
  const allowed = attempt.decision === null ? '' : `, ${durationText(attempt.decision.deadlineMs)} allowed`;
  return [
    `${title(task)}: attempt ${attempt.number} ${attempt.outcome}${took}${allowed} (${attempt.cause ?? 'no cause'})`,
  ];
}

function endOf(job: Job): string {
  const last = job.attempts.at(-1);
  const tries = job.attempts.length > 1 ? `, attempt ${job.attempts.length}` : '';
  const took = last?.durationMs === null || last === undefined ? '' : ` after ${durationText(last.durationMs)}`;
  return `${job.state}${took}${tries}${job.cause === null ? '' : ` (${job.cause})`}`;
}

/** A deadline that has fallen to less than this share of the last one that was told is news. */
const NEWS_SHARE = 0.7;

/** Tells of each family when its deadline has become clearly tighter. */
export class DeadlineNews {
  readonly #told = new Map<Family, number>();

  lines(log: RunLog): string[] {
    return log.families.flatMap((family) => {
      const decision = log.firstTries(family).at(-1)?.decision;
      if (decision === null || decision === undefined) return [];
      const { deadlineMs, samples, basis } = decision;
      const told = this.#told.get(family);
      if (told !== undefined && deadlineMs > told * NEWS_SHARE) return [];
      this.#told.set(family, deadlineMs);
      if (told === undefined)
        return [`${family.name}: starts with a deadline of ${durationText(deadlineMs)} (${BASIS[basis]})`];
      return [
        `${family.name}: deadline ${durationText(told)} -> ${durationText(deadlineMs)} (${BASIS[basis]}, ${samples} results)`,
      ];
    });
  }
}

const BASIS = {
  explicit: 'asked for',
  no_timeout: 'no timeout asked for',
  history: 'from its own history',
  borrowed: 'borrowed from its like',
  prior: 'nothing known yet',
  static: 'history out of reach',
} as const;
