import type { AttemptResult } from './attempt-result.js';
import { HandlerError } from '@leeway/supervision';
import { type AttemptId, attemptId, type Decision, type JobId } from '@leeway/contract';
import type { ClaimedAttempt, ClaimReply, OutboxEntry, ScheduledJob } from '@leeway/queue';
import { HISTORY_READ_TIMEOUT_MS, type AttemptFacts } from '@leeway/forecast';
import { type AttemptWork, factsOf, workOf } from '../decision/attempt-work.js';
import { persist } from '../settle/retry-write.js';
import { inputOf } from './step-input.js';
import { refusalToStart } from '../decision/step-time.js';
import { SupervisedAttempt } from './supervised-attempt.js';
import { verdict } from '../settle/plan-settlement.js';
import { SETTLE_MARGIN_MS, leaseMarginMs, type WorkerContext } from '../worker/worker-context.js';

/** So long a worker tries to store an outcome that Redis refuses, in ms; then the job is handed on. */
const RESULT_WORTH_MS = 60_000;

/**
 * The life of an attempt, top to bottom: open, decide, run under supervision, judge, settle, tell BullMQ. Never rejects.
 * A crash between any two lines is repaired by the sweep of any worker.
 */
export async function runAttempt(job: ScheduledJob, token: string, shop: WorkerContext): Promise<void> {
  try {
    const askedMs = shop.clock.monotonicMs();
    const claim = await claimAttempt(job.id as JobId, token, shop);
    if (claim.status === 'unavailable') return await shop.outbox.apply(job, token, claim.sync);
    const opened = claim.attempt;
    try {
      const work = workOf(opened);
      const facts = { ...factsOf(opened), coldStart: shop.coldStarts.coldStart(work, shop.clock.monotonicMs()) };
      const ending = await perform({ opened, work, facts, askedMs }, shop);
      if (ending.readings.outputs > 0) shop.coldStarts.heard(work, shop.clock.monotonicMs());
      await settle({ job, opened, work, ending, shop });
    } finally {
      shop.heartbeat.release(attemptId(opened.job, opened.number));
    }
  } catch (error) {
    shop.log.error(
      { event: 'attempt_error', jobId: job.id, error },
      'an attempt could not be run or settled; the sweep will see to it',
    );
  }
}

/** LeaseTable for from the moment it is asked for: the main loop may stand still before it has read the answer. */
async function claimAttempt(job: JobId, token: string, shop: WorkerContext): Promise<ClaimReply> {
  const { attempts, heartbeat, worker, policy } = shop;
  let attempt: AttemptId | null = null;
  heartbeat.claimStarted({ job, token }, leaseMarginMs(policy.supervision));
  try {
    const claim = await attempts.claim(job, { worker, token, takeOverAfterMs: shop.takeOverAfterMs() });
    if (claim.status === 'claimed') attempt = attemptId(claim.attempt.job, claim.attempt.number);
    return claim;
  } finally {
    heartbeat.claimFinished({ job, token }, attempt);
  }
}

async function perform(
  { opened, work, facts, askedMs }: { opened: ClaimedAttempt; work: AttemptWork; facts: AttemptFacts; askedMs: number },
  shop: WorkerContext,
): Promise<AttemptResult> {
  const { forecaster, heartbeat, policy, running } = shop;
  const id = attemptId(opened.job, opened.number);
  const openedMs = shop.clock.monotonicMs();
  running.expect(id);
  // LeaseTable for from the start: a decision may have to wait for history.
  heartbeat.renewLease(id, HISTORY_READ_TIMEOUT_MS + leaseMarginMs(policy.supervision));
  const decision = await forecaster.decide(work, facts);
  const refusal = refusalToStart(opened, decision, policy);
  if (refusal !== null) return unstarted(refusal, decision);
  const input = await inputOf(opened, work, shop);
  const watched = new SupervisedAttempt({ opened, work, facts, decision, openedMs, askedMs, shop });
  watched.bind();
  return watched.run(input);
}

/** A step that the time of its workflow does not suffice for: it ends without having done anything. */
function unstarted(why: string, decision: Decision): AttemptResult {
  const reason = { cause: 'budget_exhausted', message: why } as const;
  return {
    outcome: 'stopped',
    durationMs: 0,
    reason,
    abandoned: false,
    unstarted: true,
    readings: { outputs: 0 },
    decision,
  };
}

interface SettleParts {
  job: ScheduledJob;
  opened: ClaimedAttempt;
  work: AttemptWork;
  ending: AttemptResult;
  shop: WorkerContext;
}

async function settle({ job, opened, work, ending, shop }: SettleParts): Promise<void> {
  const id = attemptId(opened.job, opened.number);
  if (ending.abandoned) {
    shop.running.abandon(ending.settledLater);
    shop.log.warn(
      { event: 'handler_abandoned', attempt: id, kind: work.kind, abandoned: shop.running.abandoned },
      'a handler ignored its abort; its slot is free, but what it holds is not',
    );
  }
  if (ending.outcome === 'lost') {
    shop.log.warn({ event: 'attempt_fenced', attempt: id }, 'this attempt was handed on; its result is not used');
    // Where it was given up it is handed on now, unless something of it is left here that must not meet its successor.
    return ending.abandoned || ending.beingEnded === true ? undefined : giveUp(opened, shop);
  }
  if (isLoss(ending)) return giveUp(opened, shop);
  const settlement = verdict(ending, {
    attempt: opened,
    work,
    policy: shop.policy,
    nowMs: opened.startedAtMs + ending.durationMs,
    random: Math.random,
  });
  const reply = await persist(() => shop.attempts.settle(opened, settlement), {
    mostMs: RESULT_WORTH_MS,
    nowMs: () => shop.clock.monotonicMs(),
    onFailure: (error) => {
      shop.heartbeat.renewLease(id, SETTLE_MARGIN_MS * 2);
      shop.log.warn({ event: 'settle_refused', attempt: id, error }, 'Redis refuses the outcome for now; trying again');
    },
  });
  const fields = {
    event: 'attempt_settled',
    attempt: id,
    outcome: settlement.outcome,
    cause: settlement.cause,
    durationMs: Math.round(ending.durationMs),
    next: settlement.next.step,
    state: reply.state,
  };
  if (reply.status === 'fenced')
    return shop.log.warn({ ...fields, event: 'attempt_fenced' }, 'this attempt was handed on; its result is not used');
  shop.log.info(
    fields,
    `attempt ${id}: ${settlement.outcome}${settlement.cause === null ? '' : `, ${settlement.cause}`}`,
  );
  if (reply.status !== 'applied') return;
  await syncToBullMq(job, { opened, sync: reply.sync, shop });
  await reconcileAffected(reply.affectedJobs, shop);
}

/** Its process vanished under this worker, so it counts as lost, and not as a failure of the work. */
function isLoss(ending: AttemptResult): boolean {
  return ending.outcome === 'failed' && ending.error instanceof HandlerError && ending.error.cause === 'worker_lost';
}

async function giveUp(opened: ClaimedAttempt, shop: WorkerContext): Promise<void> {
  const { affectedJobs } = await shop.attempts.markLost(opened.job, opened.number, 0);
  await reconcileAffected([opened.job, ...affectedJobs], shop);
}

async function syncToBullMq(
  job: ScheduledJob,
  { opened, sync, shop }: Pick<SettleParts, 'opened' | 'shop'> & { sync: OutboxEntry },
): Promise<void> {
  try {
    await shop.outbox.sync(job, opened.token, sync);
  } catch (error) {
    shop.log.warn(
      { event: 'move_failed', jobId: opened.job, error },
      'BullMQ did not take the move; the sweep repeats it',
    );
  }
}

/** Steps that have become ready, or will not start any more. */
async function reconcileAffected(jobs: readonly JobId[], shop: WorkerContext): Promise<void> {
  await shop.outbox
    .reconcileAll(jobs)
    .catch((error: unknown) =>
      shop.log.warn({ event: 'move_failed', error }, 'BullMQ was not told of a step; the sweep does it'),
    );
}
