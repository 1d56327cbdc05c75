import {
  kindPolicy,
  overallBoundMs,
  type Cause,
  type Hints,
  type JobError,
  type Outcome,
  type Policy,
} from '@leeway/contract';
import { classify, observe, type EndedAttempt, type Observations } from '@leeway/estimator';
import type { ClaimedAttempt, Settlement } from '@leeway/queue';
import { type Deferral, HandlerError, forbidsRetry } from '@leeway/supervision';
import type { AttemptResult } from '../attempt/attempt.js';
import { type AttemptWork, earlierAttempts } from '../decision/attempt-work.js';
import { leavesRoom } from '../decision/step-time.js';
import { stopError } from './stop-error.js';

/** Causes after which another attempt could succeed. */
const RETRYABLE: readonly Cause[] = [
  'error',
  'deadline',
  'first_output',
  'idle',
  'tool_silence',
  'provider',
  'stuck',
  'invalid_output',
];
/** The longest error text that is kept, in characters. */
const MESSAGE_MOST = 2_000;

export interface SettlementContext {
  attempt: ClaimedAttempt;
  work: AttemptWork;
  policy: Policy;
  /** Redis time at the end, ms. */
  nowMs: number;
  /** 0 to 1, for the jitter of the back-off. */
  random: () => number;
}

/** The settlement of a result: final or another attempt, what is kept, and what is learned. Pure. */
export function planSettlement(result: AttemptResult, context: SettlementContext): Settlement {
  const deferral = deferralOf(result, context);
  const cause = causeOf(result);
  const error = errorOf(result, cause, context);
  const next: Settlement['next'] =
    deferral === undefined ? nextStep(result, cause, context) : { step: 'deferred', counts: deferral.counts };
  const outcome = deferral === undefined ? result.outcome : 'deferred';
  const observations = observationsOf(result, { ...context, outcome, cause, willRetry: next.step === 'retry' });
  return {
    outcome,
    cause,
    durationMs: result.durationMs,
    next,
    ...(result.value === undefined ? {} : { result: JSON.stringify(result.value) }),
    ...(error === undefined ? {} : { error }),
    partial: result.outcome !== 'succeeded',
    ...savedMs(result, cause, context),
    rings: observations.rings,
    className: observations.className,
    counters: observations.counters,
  };
}

/** The job waits for its provider and no attempt is used up, unless it was deferred too often. */
function deferralOf({ outcome, error }: AttemptResult, { attempt }: SettlementContext): Deferral | undefined {
  if (outcome !== 'failed' || !(error instanceof HandlerError) || error.deferral === undefined) return undefined;
  const { counts, most } = error.deferral;
  return counts && (attempt.record.number('deferrals') ?? 0) >= most ? undefined : error.deferral;
}

function causeOf(result: AttemptResult): Cause | null {
  switch (result.outcome) {
    case 'succeeded':
      return null;
    case 'failed':
      return result.error instanceof HandlerError ? result.error.cause : 'error';
    case 'stopped':
      return (result.reason?.cause ?? 'error') as Cause;
    case 'cancelled':
      return 'cancelled';
    case 'lost':
      return 'worker_lost';
    case 'released':
      return null;
  }
}

function nextStep(result: AttemptResult, cause: Cause | null, context: SettlementContext): Settlement['next'] {
  if (result.outcome === 'succeeded') return { step: 'final', state: 'succeeded' };
  if (result.outcome === 'cancelled') return { step: 'final', state: 'cancelled' };
  if (result.outcome === 'released' || result.outcome === 'lost') return { step: 'requeue' };
  const delayMs = backoffMs(result, context);
  const final: Settlement['next'] = { step: 'final', state: 'failed' };
  if (cause === null || !RETRYABLE.includes(cause) || forbidsRetry(result.error)) return final;
  const { record } = context.attempt;
  if (record.tried + 1 >= (record.number('maxAttempts') ?? 1)) return final;
  // A kill at the hard cap is final: the next attempt could not get more time.
  if (cause === 'deadline' && result.decision.deadlineMs >= result.decision.hardCapMs) return final;
  return hasRoom(delayMs, result, context) ? { step: 'retry', delayMs } : final;
}

/** Exponential with full jitter, and at least as long as the provider asked for. */
function backoffMs(result: AttemptResult, { attempt, policy, random }: SettlementContext): number {
  const { backoffMs: base, maxBackoffMs } = policy.limits;
  const mean = Math.min(base * 2 ** attempt.record.tried, maxBackoffMs);
  const retryAfterMs = (result.error as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
  const jittered = Math.min(2 * mean * random(), maxBackoffMs);
  return typeof retryAfterMs === 'number' && retryAfterMs > 0
    ? Math.min(Math.max(retryAfterMs, jittered), maxBackoffMs)
    : jittered;
}

/** Time without which no further attempt starts: a shorter one could only fail again. */
const MIN_RETRY_MS = 1_000;

/** Whether a retry would have enough time to be worth starting. */
function hasRoom(delayMs: number, result: AttemptResult, { attempt, work, policy, nowMs }: SettlementContext): boolean {
  const overallMs = Math.min(overallBoundMs({ policy, ...work }), policy.limits.maxOverallMs);
  const spentMs = (attempt.record.number('spentMs') ?? 0) + result.durationMs + delayMs;
  const completeInMs =
    work.limits.completeBy === undefined ? Infinity : Date.parse(work.limits.completeBy) - nowMs - delayMs;
  const left = Math.min(overallMs - spentMs, completeInMs);
  return left >= MIN_RETRY_MS && leavesRoom(attempt, result.durationMs + delayMs, policy);
}

function errorOf(result: AttemptResult, cause: Cause | null, context: SettlementContext): JobError | undefined {
  if (result.outcome === 'failed') {
    const { error } = result;
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_MOST);
    return { code: error instanceof HandlerError ? error.code : 'error', message };
  }
  if (result.outcome === 'cancelled') return { code: 'cancelled', message: result.reason?.message ?? 'Cancelled.' };
  if (result.outcome !== 'stopped' || cause === null) return undefined;
  const spentMs = context.attempt.record.number('spentMs') ?? 0;
  return stopError(result, cause, { ...context, spentMs });
}

function observationsOf(
  result: AttemptResult,
  context: SettlementContext & { outcome: Outcome; cause: Cause | null; willRetry: boolean },
): Observations {
  const { attempt, work, policy, nowMs } = context;
  if (result.unstarted === true) return { className: work.jobClass.name, rings: [], counters: {} };
  const earlier = earlierAttempts(attempt).flatMap((a): EndedAttempt[] =>
    a.decision === null || a.outcome === null
      ? []
      : [
          {
            number: a.number,
            durationMs: a.durationMs ?? 0,
            outcome: a.outcome,
            cause: a.cause,
            decision: { ...a.decision, deadlineMs: a.allowedMs ?? a.decision.deadlineMs },
            resumedFromCheckpoint: false,
            outputs: 0,
            worker: a.worker,
          },
        ],
  );
  const last: EndedAttempt = {
    number: attempt.number,
    durationMs: result.durationMs,
    outcome: context.outcome,
    cause: context.cause,
    decision: result.decision,
    resumedFromCheckpoint: attempt.record.text('checkpoint') !== undefined,
    ...queuedMs(attempt, earlier),
    worker: attempt.record.text(`a${attempt.number}:worker`),
    ...ranAs(result, work, attempt),
    ...result.readings,
  };
  return observe({
    id: work.job,
    tenant: work.tenant,
    jobClass: work.jobClass,
    attempts: [...earlier, last],
    willRetry: context.willRetry,
    nowMs,
    policy,
  });
}

/** The wait for a worker; after a deferral it is unknown, because it includes the wait for the provider. */
function queuedMs({ startedAtMs, record }: ClaimedAttempt, earlier: EndedAttempt[]): Pick<EndedAttempt, 'queuedMs'> {
  if (earlier.at(-1)?.outcome === 'deferred') return {};
  return { queuedMs: Math.max(0, startedAtMs - (record.number('readyAt') ?? startedAtMs)) };
}

/** With a fallback model the class of the model that ran is observed. */
function ranAs(
  { value }: AttemptResult,
  { kind, input }: AttemptWork,
  { record }: ClaimedAttempt,
): Pick<EndedAttempt, 'ranAs'> {
  const model = kind === 'chat' ? (value as { model?: unknown } | undefined)?.model : undefined;
  if (typeof model !== 'string' || model === (input as { model?: unknown }).model) return {};
  return {
    ranAs: classify({
      kind,
      input: { ...(input as object), model },
      label: record.text('label'),
      ...record.json<Hints>('hints'),
    }),
  };
}

/** How much longer the static limit of the kind would have let an attempt run that a learned deadline ended. */
function savedMs(
  result: AttemptResult,
  cause: Cause | null,
  { work, policy }: SettlementContext,
): { savedMs?: number } {
  if (result.outcome !== 'stopped' || cause !== 'deadline') return {};
  const { basis } = result.decision;
  if (basis === 'explicit' || basis === 'no_timeout') return {};
  return { savedMs: Math.max(0, kindPolicy(policy, work.kind).priorMs - result.durationMs) };
}
