import type { Decision, Job, JobId } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { WorkerStore, type ClaimedAttempt, type Report } from '@leeway/queue';
import type { RunningApi } from './running-api.js';

/** Does with jobs what a worker does, through the same door, when the test says so. */
export interface ActingWorker {
  /** Opens the next attempt of the job, under the deadline that was quoted. */
  take(job: Job): Promise<ClaimedAttempt>;
  say(attempt: ClaimedAttempt, ...reports: Report[]): Promise<void>;
  /** Says that the processes of the attempt stand still, or go on. */
  hold(attempt: ClaimedAttempt, held: { stands: boolean }): Promise<void>;
  /** Another deadline holds for the attempt from now on. */
  decide(attempt: ClaimedAttempt, deadlineMs: number): Promise<void>;
  /** Ends the attempt and the job with it. */
  end(attempt: ClaimedAttempt, ending: { state: 'succeeded' | 'cancelled'; result?: unknown }): Promise<void>;
  stop(): Promise<void>;
}

export function actingWorker(api: RunningApi): ActingWorker {
  const { redisUrl, policy } = api;
  const worker = 'acting';
  const store = new WorkerStore({ redisUrl, policy, worker, clock: systemClock, onError: () => {} });
  return {
    async take(job) {
      const claim = await store.attempts.claim(job.id as JobId, { worker, token: 'token' });
      if (claim.status === 'unavailable') throw new Error(`the job is ${claim.state}`);
      if (job.decision !== null) await store.attempts.bindDecision(claim.attempt, job.decision);
      return claim.attempt;
    },
    async say(attempt, ...reports) {
      await store.attempts.report(attempt, reports);
    },
    async hold(attempt, { stands }) {
      await store.attempts.setPaused(attempt, stands ? { paused: true } : { paused: false, pausedMs: 0 });
    },
    async decide(attempt, deadlineMs) {
      const quote = attempt.record.json<Decision>('quote');
      if (quote === undefined) throw new Error('the job was stored without a quote');
      await store.attempts.bindDecision(attempt, { ...quote, deadlineMs });
    },
    async end(attempt, { state, result }) {
      await store.attempts.settle(attempt, {
        outcome: state,
        cause: state === 'cancelled' ? 'cancelled' : null,
        durationMs: 10,
        next: { step: 'final', state },
        result: JSON.stringify(result ?? null),
        partial: false,
        rings: [],
        counters: {},
        className: attempt.record.text('class') ?? '',
      });
    },
    stop: () => store.close(),
  };
}
