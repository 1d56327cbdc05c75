import type { JobState, Outcome } from '@leeway/contract';

/** The reference: the states of a job as simple as they can be. No Redis, no BullMQ, no time. */
export interface ReferenceJob {
  state: JobState;
  attempts: ReferenceAttempt[];
  /** Attempts that count against `maxAttempts`. */
  tried: number;
  maxAttempts: number;
  losses: number;
  maxLosses: number;
  onWorkerLost: 'retry' | 'fail';
  isCancelRequested: boolean;
  isPauseRequested: boolean;
  /** It waits under a queue limit. */
  hasQueueLimit: boolean;
  result: string | null;
  progress: string | null;
  /** Of its settled attempts, oldest first. */
  observations: string[];
  /** How often it became final: once, and once more after each retry. */
  ends: number;
}

export interface ReferenceAttempt {
  outcome: Outcome | null;
  /** Its lease was not renewed for longer than the window. */
  isSilent: boolean;
  /** Its worker died of something that it had no part in. */
  isCleared: boolean;
}

/** How a worker may end an attempt. */
export type AttemptEnd = 'succeeded' | 'failed' | 'failed_and_retried' | 'stopped' | 'cancelled' | 'released';

export function newJob(
  options: Pick<ReferenceJob, 'maxAttempts' | 'maxLosses' | 'onWorkerLost' | 'hasQueueLimit'>,
): ReferenceJob {
  return {
    ...options,
    state: 'queued',
    attempts: [],
    tried: 0,
    losses: 0,
    isCancelRequested: false,
    isPauseRequested: false,
    result: null,
    progress: null,
    observations: [],
    ends: 0,
  };
}

/** Number of the open attempt, from 1; 0: none. */
export function openNumber({ attempts }: ReferenceJob): number {
  return attempts.at(-1)?.outcome === null ? attempts.length : 0;
}

export function isOver({ state }: ReferenceJob): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** BullMQ has handed the job to a worker: an open attempt keeps it, unless it is silent and so is lost. */
export function claim(job: ReferenceJob): 'claimed' | 'unavailable' | 'held' {
  if (openNumber(job) > 0) {
    if (job.attempts.at(-1)?.isSilent !== true) return 'held';
    markLost(job);
  }
  if (job.state !== 'queued') return 'unavailable';
  job.state = 'running';
  job.attempts.push({ outcome: null, isSilent: false, isCleared: false });
  return 'claimed';
}

/** A worker that is about to die records whether an attempt had no part in that. */
export function recordDeathCause(job: ReferenceJob, number: number, isCleared: boolean): void {
  const attempt = job.attempts[number - 1];
  if (attempt !== undefined && openNumber(job) === number) attempt.isCleared = isCleared;
}

/** The open attempt is lost: it does not count as tried, and losses are bounded by `maxLosses`. */
export function markLost(job: ReferenceJob): void {
  const isCleared = job.attempts.at(-1)?.isCleared === true;
  close(job, 'lost');
  if (!isCleared) job.losses += 1;
  if (job.isCancelRequested) end(job, 'cancelled');
  else if (job.onWorkerLost === 'fail' || (!isCleared && job.losses > job.maxLosses)) end(job, 'failed');
  else wait(job);
}

/** Only the open attempt may settle; the same settlement again is a repetition. */
export function settle(
  job: ReferenceJob,
  number: number,
  attemptEnd: AttemptEnd,
  signature: string,
): 'applied' | 'repeated' | 'fenced' {
  const outcome: Outcome = attemptEnd === 'failed_and_retried' ? 'failed' : attemptEnd;
  if (openNumber(job) !== number) return job.attempts[number - 1]?.outcome === outcome ? 'repeated' : 'fenced';
  close(job, outcome);
  if (attemptEnd !== 'released') job.tried += 1;
  job.result = signature;
  job.observations.push(signature);
  if (attemptEnd === 'failed_and_retried' || attemptEnd === 'released') {
    if (job.isCancelRequested) end(job, 'cancelled');
    else wait(job);
  } else {
    end(job, attemptEnd === 'stopped' ? 'failed' : attemptEnd);
  }
  return 'applied';
}

export function cancel(job: ReferenceJob): string {
  if (job.state === 'cancelled') return 'already';
  if (isOver(job)) return 'too_late';
  if (openNumber(job) > 0) {
    job.isCancelRequested = true;
    return 'requested';
  }
  end(job, 'cancelled');
  return 'cancelled';
}

export function pause(job: ReferenceJob): string {
  if (isOver(job)) return 'too_late';
  if (job.state === 'paused') return 'already';
  job.isPauseRequested = true;
  if (openNumber(job) > 0) return 'requested';
  job.state = 'paused';
  return 'paused';
}

export function resume(job: ReferenceJob): string {
  if (isOver(job)) return 'too_late';
  // Paused without a request: its worker is about to resume it.
  if (!job.isPauseRequested) return job.state === 'paused' && openNumber(job) > 0 ? 'requested' : 'already';
  job.isPauseRequested = false;
  if (openNumber(job) > 0) return 'requested';
  job.state = 'queued';
  return 'resumed';
}

/** The worker has paused the process of an attempt, or resumed it. False: the attempt is not the open one. */
export function setPaused(job: ReferenceJob, number: number, isPaused: boolean): boolean {
  if (openNumber(job) !== number) return false;
  const to = isPaused ? 'paused' : 'running';
  if (job.state !== to && !isPaused) job.isPauseRequested = false;
  job.state = to;
  return true;
}

export function retry(job: ReferenceJob, attempts: number): string {
  if (job.state === 'succeeded') return 'not_possible';
  if (!isOver(job)) return 'already';
  Object.assign(job, {
    state: 'queued',
    isCancelRequested: false,
    isPauseRequested: false,
    maxAttempts: job.tried + attempts,
  });
  return 'retried';
}

/** The wait of the job is over: a queue limit ends it, the longest pause resumes it. */
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
  job.ends += 1;
}

/** For its next attempt, or for its resume where it was paused. */
function wait(job: ReferenceJob): void {
  job.state = job.isPauseRequested ? 'paused' : 'queued';
}
