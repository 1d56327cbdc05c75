import type { Decision, Job, JobId } from '@leeway/contract';
import { WorkerStore, type ClaimedAttempt, type Report } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import type { RunningApi } from './running-api.js';

/** Makes the writes of a worker, through the same store, when the test calls for them. */
export interface ActingWorker {
  /** Claims the next attempt of the job, and binds the decision that was quoted. */
  claim(job: Job): Promise<ClaimedAttempt>;
  report(attempt: ClaimedAttempt, ...reports: Report[]): Promise<void>;
  /** Confirms that the processes of the attempt are stopped, or run again. */
  setPaused(attempt: ClaimedAttempt, paused: boolean): Promise<void>;
  /** Binds another deadline to the running attempt. */
  decide(attempt: ClaimedAttempt, deadlineMs: number): Promise<void>;
  /** Settles the attempt and with it the job. */
  settle(
    attempt: ClaimedAttempt,
    outcome: { state: 'succeeded' | 'failed' | 'cancelled'; result?: unknown },
  ): Promise<void>;
  stop(): Promise<void>;
}

const CAUSES = { succeeded: null, failed: 'error', cancelled: 'cancelled' } as const;

export function actingWorker(api: RunningApi): ActingWorker {
  const { redisUrl, policy } = api;
  const worker = 'acting';
  const store = new WorkerStore({ redisUrl, policy, worker, clock: systemClock, onError: () => {} });
  return {
    async claim(job) {
      const claim = await store.attempts.claim(job.id as JobId, { worker, token: 'token' });
      if (claim.status === 'unavailable') throw new Error(`the job is ${claim.state}`);
      if (job.decision !== null) await store.attempts.bindDecision(claim.attempt, job.decision);
      return claim.attempt;
    },
    async report(attempt, ...reports) {
      await store.attempts.report(attempt, reports);
    },
    async setPaused(attempt, paused) {
      await store.attempts.setPaused(attempt, paused ? { paused } : { paused, pausedMs: 0 });
    },
    async decide(attempt, deadlineMs) {
      const quote = attempt.record.json<Decision>('quote');
      if (quote === undefined) throw new Error('the job was stored without a quote');
      await store.attempts.bindDecision(attempt, { ...quote, deadlineMs });
    },
    async settle(attempt, { state, result }) {
      await store.attempts.settle(attempt, {
        outcome: state,
        cause: CAUSES[state],
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
