import type { JobState, Outcome } from '@leeway/contract';

/** The reference: what becomes of a job, in the plainest words. No Redis, no BullMQ, no time. */
export interface ReferenceJob {
  state: JobState;
  attempts: ReferenceAttempt[];
  /** Attempts that count. */
  tried: number;
  maxAttempts: number;
  losses: number;
  maxLosses: number;
  onWorkerLost: 'retry' | 'fail';
  isCancelAsked: boolean;
  isPauseAsked: boolean;
  /** It waits under a limit that can run out. */
  hasQueueLimit: boolean;
  result: string | null;
  progress: string | null;
  /** What its attempts taught, oldest first. */
  lessons: string[];
  /** How often it became final: once, and once more for each retry that was granted. */
  endings: number;
}

export interface ReferenceAttempt {
  outcome: Outcome | null;
  /** Nobody has vouched for it for longer than the window. */
  isSilent: boolean;
  /** Its worker has said that it had no part in what kills it. */
  isExcused: boolean;
}

/** How a worker may end an attempt. */
export type RunResult = 'succeeded' | 'failed' | 'failed_and_retried' | 'stopped' | 'cancelled' | 'released';

export function newJob(
  options: Pick<ReferenceJob, 'maxAttempts' | 'maxLosses' | 'onWorkerLost' | 'hasQueueLimit'>,
): ReferenceJob {
  return {
    ...options,
    state: 'queued',
    attempts: [],
    tried: 0,
    losses: 0,
    isCancelAsked: false,
    isPauseAsked: false,
    result: null,
    progress: null,
    lessons: [],
    endings: 0,
  };
}

/** Number of the open attempt, from 1; 0: none. */
export function openNumber({ attempts }: ReferenceJob): number {
  return attempts.at(-1)?.outcome === null ? attempts.length : 0;
}

export function isOver({ state }: ReferenceJob): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** A worker was given the job: an attempt that is vouched for keeps it, a silent one is lost by that. */
export function open(job: ReferenceJob): 'opened' | 'gone' | 'held' {
  if (openNumber(job) > 0) {
    if (job.attempts.at(-1)?.isSilent !== true) return 'held';
    lose(job);
  }
  if (job.state !== 'queued') return 'gone';
  job.state = 'running';
  job.attempts.push({ outcome: null, isSilent: false, isExcused: false });
  return 'opened';
}

/** A worker that is about to die says which of its attempts had no part in it. */
export function explain(job: ReferenceJob, number: number, isExcused: boolean): void {
  const attempt = job.attempts[number - 1];
  if (attempt !== undefined && openNumber(job) === number) attempt.isExcused = isExcused;
}

/** The open attempt is given up: burns no attempt, bounded by `maxLosses`. */
export function lose(job: ReferenceJob): void {
  const isExcused = job.attempts.at(-1)?.isExcused === true;
  close(job, 'lost');
  if (!isExcused) job.losses += 1;
  if (job.isCancelAsked) end(job, 'cancelled');
  else if (job.onWorkerLost === 'fail' || (!isExcused && job.losses > job.maxLosses)) end(job, 'failed');
  else wait(job);
}

/** The door: only the open attempt may settle; the same word from one that has said it is a repetition. */
export function settle(
  job: ReferenceJob,
  number: number,
  ending: RunResult,
  signature: string,
): 'applied' | 'repeated' | 'fenced' {
  const outcome: Outcome = ending === 'failed_and_retried' ? 'failed' : ending;
  if (openNumber(job) !== number) return job.attempts[number - 1]?.outcome === outcome ? 'repeated' : 'fenced';
  close(job, outcome);
  if (ending !== 'released') job.tried += 1;
  job.result = signature;
  job.lessons.push(signature);
  if (ending === 'failed_and_retried' || ending === 'released') {
    if (job.isCancelAsked) end(job, 'cancelled');
    else wait(job);
  } else {
    end(job, ending === 'stopped' ? 'failed' : ending);
  }
  return 'applied';
}

export function cancel(job: ReferenceJob): string {
  if (job.state === 'cancelled') return 'already';
  if (isOver(job)) return 'too_late';
  if (openNumber(job) > 0) {
    job.isCancelAsked = true;
    return 'requested';
  }
  end(job, 'cancelled');
  return 'cancelled';
}

export function pause(job: ReferenceJob): string {
  if (isOver(job)) return 'too_late';
  if (job.state === 'paused') return 'already';
  job.isPauseAsked = true;
  if (openNumber(job) > 0) return 'requested';
  job.state = 'paused';
  return 'paused';
}

export function resume(job: ReferenceJob): string {
  if (isOver(job)) return 'too_late';
  // What stands still without a wish for it is about to go on.
  if (!job.isPauseAsked) return job.state === 'paused' && openNumber(job) > 0 ? 'requested' : 'already';
  job.isPauseAsked = false;
  if (openNumber(job) > 0) return 'requested';
  job.state = 'queued';
  return 'resumed';
}

/** The worker says that the process stands, or goes on. False: it is not its attempt any more. */
export function hold(job: ReferenceJob, number: number, stands: boolean): boolean {
  if (openNumber(job) !== number) return false;
  const to = stands ? 'paused' : 'running';
  if (job.state !== to && !stands) job.isPauseAsked = false;
  job.state = to;
  return true;
}

export function retry(job: ReferenceJob, attempts: number): string {
  if (job.state === 'succeeded') return 'not_possible';
  if (!isOver(job)) return 'already';
  Object.assign(job, {
    state: 'queued',
    isCancelAsked: false,
    isPauseAsked: false,
    maxAttempts: job.tried + attempts,
  });
  return 'retried';
}

/** The wait of the job is over: a queue limit ends it, the longest pause lets it go on. */
export function expire(job: ReferenceJob): void {
  if (job.state === 'queued' && job.hasQueueLimit) end(job, 'failed');
  else if (job.state === 'paused' && openNumber(job) === 0) resume(job);
}

function close(job: ReferenceJob, outcome: Outcome): void {
  const attempt = job.attempts.at(-1);
  if (attempt !== undefined) attempt.outcome = outcome;
}

function end(job: ReferenceJob, state: 'succeeded' | 'failed' | 'cancelled'): void {
  job.state = state;
  job.endings += 1;
}

/** It waits for its next attempt; one that was paused waits for its resume. */
function wait(job: ReferenceJob): void {
  job.state = job.isPauseAsked ? 'paused' : 'queued';
}
