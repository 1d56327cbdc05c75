import { allowedText, durationText, type Decision, type Job } from '@leeway/contract';
import { runningAttempt, type Lateness, type RunningAttempt } from '../data/running-attempt.js';
import { workTitle } from '../data/work-title.js';
import { agoText } from '../html/figures.js';

const LATENESS: Record<Lateness, string> = {
  on_time: 'on time',
  late: 'late: longer than 19 of 20 runs like it',
  overdue: 'past its deadline, being ended',
  paused: 'paused: its clocks stand',
  unknown: 'no history to compare with',
};

/** What our record knows of a job and BullMQ does not, in words, for Bull Board. `nowMs`: wall clock. */
export function jobAnnotation(job: Job, nowMs: number): Record<string, string> {
  const running = runningAttempt(job, nowMs);
  const { decision } = job;
  return {
    work: workTitle(job),
    class: job.class,
    ...(job.label !== null && { label: job.label }),
    state: job.cause === null ? job.state : `${job.state} (${job.cause})`,
    ...(decision !== null && { deadline: deadlineText(decision, running) }),
    ...(running === undefined ? {} : runningFacts(running)),
    attempt: `${job.attempts.length} of at most ${job.maxAttempts}`,
    ...(decision !== null && { why: decision.sentence }),
  };
}

function deadlineText(decision: Decision, running: RunningAttempt | undefined): string {
  const { deadlineMs = null } = running ?? {};
  return deadlineMs === null ? allowedText(decision) : durationText(deadlineMs);
}

function runningFacts(running: RunningAttempt): Record<string, string> {
  const { elapsedMs, remainingMs, lateness, heartbeatAgeMs, attempt } = running;
  return {
    elapsed: durationText(elapsedMs),
    ...(remainingMs !== null && { left: remainingMs === 0 ? 'none' : durationText(remainingMs) }),
    lateness: LATENESS[lateness],
    lastHeartbeat: heartbeatAgeMs === null ? 'not yet' : agoText(heartbeatAgeMs),
    worker: attempt.worker,
  };
}
