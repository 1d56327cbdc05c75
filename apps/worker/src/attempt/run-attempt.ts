import { streamKind } from '@leeway/contract';
import { type RunResult, HandlerError } from '@leeway/supervision';
import { endedByPhases } from '../decision/phases.js';
import { type AttemptId, attemptId, type Decision, type JobId } from '@leeway/contract';
import type { Move, OpenAttempt, ScheduledJob, Settlement } from '@leeway/queue';
import { type AttemptWork, workOf } from '../decision/estimates.js';
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
    const opened = await open(job.id as JobId, token, shop);
    if ('gone' in opened) return await discard(job, token, { state: opened.gone, shop });
    try {
      const plain = workOf(opened);
      const work = { ...plain, coldStart: shop.coldStarts.coldStart(plain, shop.clock.monotonicMs()) };
      const ending = await perform({ opened, work, askedMs }, shop);
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
async function open(job: JobId, token: string, shop: WorkerContext): ReturnType<WorkerContext['attempts']['open']> {
  const { attempts, heartbeat, worker, policy } = shop;
  let attempt: AttemptId | null = null;
  heartbeat.opening({ job, token }, leaseMarginMs(policy.supervision));
  try {
    const opened = await attempts.open(job, worker, token, shop.takeOverAfterMs());
    if (!('gone' in opened)) attempt = attemptId(opened.job, opened.number);
    return opened;
  } finally {
    heartbeat.opened({ job, token }, attempt);
  }
}

async function perform(
  { opened, work, askedMs }: { opened: OpenAttempt; work: AttemptWork; askedMs: number },
  shop: WorkerContext,
): Promise<RunResult> {
  const { estimates, heartbeat, policy, running } = shop;
  const id = attemptId(opened.job, opened.number);
  const openedMs = shop.clock.monotonicMs();
  running.expect(id);
  // LeaseTable for from the start: a decision may have to wait for history.
  heartbeat.renewLease(id, policy.estimator.readTimeoutMs + leaseMarginMs(policy.supervision));
  const phased = { streamKind: streamKind(work), tier: work.tier, stream: work.stream };
  const decision = endedByPhases(await estimates.decide(opened, work), phased, policy);
  const refusal = refusalToStart(opened, decision, policy);
  if (refusal !== null) return unstarted(refusal, decision);
  const input = await inputOf(opened, work, shop);
  const watched = new SupervisedAttempt({ opened, work, decision, openedMs, askedMs, shop });
  watched.bind();
  return watched.run(input);
}

/** A step that the time of its workflow does not suffice for: it ends without having done anything. */
function unstarted(why: string, decision: Decision): RunResult {
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
  opened: OpenAttempt;
  work: AttemptWork;
  ending: RunResult;
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
  await syncToBullMq({ job, opened, settlement, reply, shop });
  await reconcileAffected(reply.also, shop);
}

/** Its process vanished under this worker, so it counts as lost, and not as a failure of the work. */
function isLoss(ending: RunResult): boolean {
  return ending.outcome === 'failed' && ending.error instanceof HandlerError && ending.error.cause === 'worker_lost';
}

async function giveUp(opened: OpenAttempt, shop: WorkerContext): Promise<void> {
  const { also } = await shop.attempts.lose(opened.job, opened.number, 0);
  await reconcileAffected([opened.job, ...also], shop);
}

async function syncToBullMq({
  job,
  opened,
  settlement,
  reply,
  shop,
}: Pick<SettleParts, 'job' | 'opened' | 'shop'> & {
  settlement: Settlement;
  reply: { state: string; revision: number };
}): Promise<void> {
  try {
    await shop.outbox.make(job, opened.token, syncActionFor(settlement, reply));
    void shop.outbox.done(opened.job, reply.revision).catch(() => undefined);
  } catch (error) {
    shop.log.warn(
      { event: 'move_failed', jobId: opened.job, error },
      'BullMQ did not take the move; the sweep repeats it',
    );
  }
}

/** Steps that have become ready, or will not start any more. */
async function reconcileAffected(jobs: readonly JobId[], shop: WorkerContext): Promise<void> {
  for (const told of await Promise.allSettled(jobs.map((job) => shop.outbox.repair(job))))
    if (told.status === 'rejected')
      shop.log.warn(
        { event: 'move_failed', error: told.reason as unknown },
        'BullMQ was not told of a step; the sweep does it',
      );
}

function syncActionFor(
  { next, cause }: Settlement,
  reply: { state: string; revision: number },
): { kind: Move; readyAtMs?: number; note?: string } {
  if (reply.state === 'succeeded') return { kind: 'complete' };
  // Paused meanwhile: BullMQ lets go of it, and gets it back when it goes on.
  if (reply.state === 'failed' || reply.state === 'cancelled' || reply.state === 'paused')
    return { kind: 'fail', note: cause ?? reply.state };
  if (next.step === 'retry' && next.delayMs > 0)
    return { kind: 'delay', readyAtMs: reply.revision + Math.round(next.delayMs) };
  return { kind: 'wait' };
}

/** BullMQ handed out a job that has nothing to run: cancelled or settled meanwhile, or forgotten; or one that runs already. */
async function discard(
  job: ScheduledJob,
  token: string,
  { state, shop }: { state: string; shop: WorkerContext },
): Promise<void> {
  if (state === 'held') {
    // The attempt that holds it ends it, or the watchdog hands it on; this is for the day when neither does.
    return shop.outbox.make(job, token, {
      kind: 'delay',
      readyAtMs: shop.clock.wallMs() + shop.policy.supervision.lockMs,
    });
  }
  await shop.outbox.make(job, token, state === 'succeeded' ? { kind: 'complete' } : { kind: 'fail', note: state });
}
