import { attemptId, type Decision, type JobId, type Policy } from '@leeway/contract';
import { remaining } from '@leeway/estimator';
import type { Door, Move, Moves, OpenAttempt, ScheduledJob, Settlement } from '@leeway/queue';
import type { Clock, Log } from '@leeway/service';
import { type AttemptWork, type Estimates, workOf } from './estimates.js';
import { type Handler, HandlerError } from './handler.js';
import { handlerContext } from './handler-context.js';
import type { Heartbeat } from './heartbeat/heartbeat.js';
import { persist } from './persist.js';
import { RemoteControl } from './remote-control.js';
import { Reporter } from './reporter.js';
import type { Running } from './running.js';
import { type Ending, Supervisor } from './supervise.js';
import { verdict } from './verdict.js';

/** What an attempt needs of its worker. */
export interface Workshop {
  worker: string;
  policy: Policy;
  clock: Clock;
  log: Log;
  door: Door;
  /** How long an attempt has to be silent until this worker may take over its job, in ms. */
  takeOverAfterMs: () => number;
  moves: Moves;
  estimates: Estimates;
  heartbeat: Pick<Heartbeat, 'vouch' | 'release'>;
  handlers: ReadonlyMap<string, Handler>;
  running: Running;
}

/** After deadline and grace the supervisor needs this much to settle, in ms; so long the heartbeat vouches. */
const SETTLE_MARGIN_MS = 2_000;
/** So long a worker tries to store an outcome that Redis refuses, in ms; then the job is handed on. */
const RESULT_WORTH_MS = 60_000;

/**
 * The life of an attempt, top to bottom: open, decide, run under supervision, judge, settle, tell BullMQ. Never rejects.
 * A crash between any two lines is repaired by the sweep of any worker.
 */
export async function runAttempt(job: ScheduledJob, token: string, shop: Workshop): Promise<void> {
  try {
    const opened = await shop.door.open(job.id as JobId, shop.worker, token, shop.takeOverAfterMs());
    if ('gone' in opened) return await discard(job, token, { state: opened.gone, shop });
    try {
      const work = workOf(opened);
      const ending = await perform(opened, work, shop);
      await settle({ job, opened, work, ending, shop });
    } finally {
      shop.heartbeat.release(attemptId(opened.job, opened.number));
    }
  } catch (error) {
    shop.log.error({ event: 'attempt_error', jobId: job.id, error }, 'an attempt could not be run or settled; the sweep will see to it');
  }
}

async function perform(opened: OpenAttempt, work: AttemptWork, shop: Workshop): Promise<Ending> {
  const { door, estimates, heartbeat, policy, running, log } = shop;
  const id = attemptId(opened.job, opened.number);
  const { graceMs } = policy.supervision;
  const openedMs = shop.clock.monotonicMs();
  running.expect(id);
  // Vouched for from the start: a decision may have to wait for history.
  heartbeat.vouch(id, policy.estimator.readTimeoutMs + SETTLE_MARGIN_MS);
  const decision = await estimates.decide(opened, work);
  heartbeat.vouch(id, decision.deadlineMs + graceMs + SETTLE_MARGIN_MS);

  const reporter = new Reporter({ door, attempt: opened, flushMs: policy.retention.flushMs, maxOutputBytes: policy.retention.outputBytes, onFenced: () => supervisor.stop(LOST), onError: (error) => log.warn({ event: 'report_failed', attempt: id, error }, 'a report was not stored') });
  const supervisor = new Supervisor({
    decision,
    graceMs,
    clock: shop.clock,
    openedMs,
    askAgain: (current, elapsedMs) => estimates.askAgain(opened, work, { decision: current, elapsedMs }),
    onExtended: (deadlineMs) => {
      vouch(deadlineMs);
      reporter.add({ type: 'extended', deadlineMs });
    },
    onLate: (lateMs) => reporter.add({ type: 'late', lateMs }),
  });
  const vouch = (deadlineMs: number) => heartbeat.vouch(id, Math.max(0, deadlineMs - supervisor.elapsedMs) + graceMs + SETTLE_MARGIN_MS);
  // Not awaited: it goes over the same connection as everything later, so it arrives first.
  door.bind(opened, decision).then((bound) => bound || supervisor.stop(LOST), (error: unknown) => log.warn({ event: 'bind_failed', attempt: id, error }, 'the decision was not stored'));
  log.info({ event: 'attempt_started', attempt: id, class: work.jobClass.name, deadlineMs: decision.deadlineMs, basis: decision.basis }, `attempt ${id}: started. ${decision.sentence}`);

  const handler = handlerOf(work.kind, shop);
  const control = new RemoteControl({ opened, attemptId: id, work, handler, supervisor, estimates, door, vouch, maxPauseMs: policy.limits.maxPauseMs, onError: (error) => log.warn({ event: 'control_failed', attempt: id, error }, 'a control of the attempt did not go through') });
  running.add(id, {
    stop: (reason) => supervisor.stop(reason),
    wish: (wishes) => control.wish(wishes),
    standsStill: () => supervisor.paused,
    forbidsOverlap: work.limits.overlap === 'forbid',
  });
  const progress: { value: unknown } = { value: null };
  const ticking = setInterval(() => reporter.add({ type: 'progress', value: progressNow(supervisor, supervisor.currentDecision, progress.value) }), policy.supervision.progressEveryMs);
  const context = handlerContext({ opened, supervisor, reporter, progress, graceMs, log });
  try {
    const ending = await supervisor.run(() => handler.run(work.input, context));
    await reporter.close();
    return ending;
  } finally {
    clearInterval(ticking);
    control.close();
    running.remove(id);
  }
}

const LOST = { cause: 'lost', message: 'This attempt was given to another worker.' } as const;

function handlerOf(kind: string, shop: Workshop): Handler {
  const unknown: Handler = { kind, run: () => Promise.reject(new HandlerError('unknown_kind', `This worker has no handler of the kind "${kind}".`)) };
  return shop.handlers.get(kind) ?? unknown;
}

function progressNow(supervisor: Supervisor, decision: Decision, value: unknown): object {
  const elapsedMs = Math.round(supervisor.elapsedMs);
  const left = remaining(decision, elapsedMs);
  return { value, elapsedMs, expectedMs: decision.expectedMs, remainingMs: left?.expectedMs ?? null, deadlineMs: supervisor.deadlineMs };
}

interface SettleParts {
  job: ScheduledJob;
  opened: OpenAttempt;
  work: AttemptWork;
  ending: Ending;
  shop: Workshop;
}

async function settle({ job, opened, work, ending, shop }: SettleParts): Promise<void> {
  const id = attemptId(opened.job, opened.number);
  if (ending.abandoned) shop.running.abandon(ending.endedAtLast);
  if (ending.outcome === 'lost') return shop.log.warn({ event: 'attempt_fenced', attempt: id }, 'this attempt was handed on; its result is not used');
  if (isLoss(ending)) return giveUp(opened, shop);
  const settlement = verdict(ending, { attempt: opened, work, policy: shop.policy, nowMs: opened.startedAtMs + ending.durationMs, random: Math.random });
  const reply = await persist(() => shop.door.settle(opened, settlement), {
    mostMs: RESULT_WORTH_MS,
    nowMs: () => shop.clock.monotonicMs(),
    onFailure: (error) => {
      shop.heartbeat.vouch(id, SETTLE_MARGIN_MS * 2);
      shop.log.warn({ event: 'settle_refused', attempt: id, error }, 'Redis refuses the outcome for now; trying again');
    },
  });
  const fields = { event: 'attempt_settled', attempt: id, outcome: settlement.outcome, cause: settlement.cause, durationMs: Math.round(ending.durationMs), next: settlement.next.step, state: reply.state };
  if (reply.status === 'fenced') return shop.log.warn({ ...fields, event: 'attempt_fenced' }, 'this attempt was handed on; its result is not used');
  shop.log.info(fields, `attempt ${id}: ${settlement.outcome}${settlement.cause === null ? '' : `, ${settlement.cause}`}`);
  if (reply.status === 'applied') await tellBullMq({ job, opened, settlement, reply, shop });
}

/** Its process vanished under this worker, so it counts as lost, and not as a failure of the work. */
function isLoss(ending: Ending): boolean {
  return ending.outcome === 'failed' && ending.error instanceof HandlerError && ending.error.cause === 'worker_lost';
}

async function giveUp(opened: OpenAttempt, shop: Workshop): Promise<void> {
  await shop.door.lose(opened.job, opened.number, 0);
  await shop.moves.repair(opened.job);
}

async function tellBullMq({ job, opened, settlement, reply, shop }: Pick<SettleParts, 'job' | 'opened' | 'shop'> & { settlement: Settlement; reply: { state: string; moveScore: number } }): Promise<void> {
  try {
    await shop.moves.make(job, opened.token, moveAfter(settlement, reply));
    void shop.moves.done(opened.job, reply.moveScore).catch(() => undefined);
  } catch (error) {
    shop.log.warn({ event: 'move_failed', jobId: opened.job, error }, 'BullMQ did not take the move; the sweep repeats it');
  }
}

function moveAfter({ next, cause }: Settlement, reply: { state: string; moveScore: number }): { kind: Move; readyAtMs?: number; note?: string } {
  if (reply.state === 'succeeded') return { kind: 'complete' };
  // Paused meanwhile: BullMQ lets go of it, and gets it back when it goes on.
  if (reply.state === 'failed' || reply.state === 'cancelled' || reply.state === 'paused') return { kind: 'fail', note: cause ?? reply.state };
  if (next.step === 'retry' && next.delayMs > 0) return { kind: 'delay', readyAtMs: reply.moveScore + Math.round(next.delayMs) };
  return { kind: 'wait' };
}

/** BullMQ handed out a job that has nothing to run: cancelled or settled meanwhile, or forgotten; or one that runs already. */
async function discard(job: ScheduledJob, token: string, { state, shop }: { state: string; shop: Workshop }): Promise<void> {
  if (state === 'held') {
    // The attempt that holds it ends it, or the watchdog hands it on; this is for the day when neither does.
    return shop.moves.make(job, token, { kind: 'delay', readyAtMs: shop.clock.wallMs() + shop.policy.supervision.lockMs });
  }
  await shop.moves.make(job, token, state === 'succeeded' ? { kind: 'complete' } : { kind: 'fail', note: state });
}
