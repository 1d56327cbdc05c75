import type { AttemptResult } from '../attempt/attempt-result.js';
import { type Deferral, HandlerError, forbidsRetry } from '@leeway/supervision';
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
import type { AttemptWork } from '../decision/attempt-work.js';
import { leavesRoom } from '../decision/step-time.js';
import { stopError } from './stop-error.js';

/** Causes that another attempt could overcome. */
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
/** An error text longer than this, in characters, is cut. */
const MESSAGE_MOST = 2_000;

export interface VerdictContext {
  attempt: ClaimedAttempt;
  work: AttemptWork;
  policy: Policy;
  /** Redis time at the end, ms. */
  nowMs: number;
  /** 0 to 1, for the jitter of the back-off. */
  random: () => number;
}

/** What the end of an attempt means for the job: final or another attempt, what is kept, and what is learned. */
export function verdict(ending: AttemptResult, context: VerdictContext): Settlement {
  const deferral = putBackOf(ending, context);
  const cause = causeOf(ending);
  const error = errorOf(ending, cause, context);
  const next: Settlement['next'] =
    deferral === undefined ? nextStep(ending, cause, context) : { step: 'deferred', counts: deferral.counts };
  const outcome = deferral === undefined ? ending.outcome : 'deferred';
  const observations = observationsOf(ending, { ...context, outcome, cause, willRetry: next.step === 'retry' });
  return {
    outcome,
    cause,
    durationMs: ending.durationMs,
    next,
    ...(ending.value === undefined ? {} : { result: JSON.stringify(ending.value) }),
    ...(error === undefined ? {} : { error }),
    partial: ending.outcome !== 'succeeded',
    ...savedMs(ending, cause, context),
    rings: observations.rings,
    className: observations.className,
    counters: observations.counters,
  };
}

/** The job waits for its provider and nothing is burnt, unless that happened too often. */
function putBackOf({ outcome, error }: AttemptResult, { attempt }: VerdictContext): Deferral | undefined {
  if (outcome !== 'failed' || !(error instanceof HandlerError) || error.deferral === undefined) return undefined;
  const { counts, most } = error.deferral;
  return counts && (attempt.record.number('deferrals') ?? 0) >= most ? undefined : error.deferral;
}

function causeOf(ending: AttemptResult): Cause | null {
  switch (ending.outcome) {
    case 'succeeded':
      return null;
    case 'failed':
      return ending.error instanceof HandlerError ? ending.error.cause : 'error';
    case 'stopped':
      return (ending.reason?.cause ?? 'error') as Cause;
    case 'cancelled':
      return 'cancelled';
    case 'lost':
      return 'worker_lost';
    case 'released':
      return null;
  }
}

function nextStep(ending: AttemptResult, cause: Cause | null, context: VerdictContext): Settlement['next'] {
  if (ending.outcome === 'succeeded') return { step: 'final', state: 'succeeded' };
  if (ending.outcome === 'cancelled') return { step: 'final', state: 'cancelled' };
  if (ending.outcome === 'released' || ending.outcome === 'lost') return { step: 'requeue' };
  const delayMs = backoffMs(ending, context);
  const final: Settlement['next'] = { step: 'final', state: 'failed' };
  if (cause === null || !RETRYABLE.includes(cause) || forbidsRetry(ending.error)) return final;
  const { record } = context.attempt;
  if (record.tried + 1 >= (record.number('maxAttempts') ?? 1)) return final;
  // A kill at the cap is final: the next attempt could not get more.
  if (cause === 'deadline' && ending.decision.deadlineMs >= ending.decision.hardCapMs) return final;
  return hasRoom(delayMs, ending, context) ? { step: 'retry', delayMs } : final;
}

/** Exponential with full jitter; a provider that says when to come back is obeyed. */
function backoffMs(ending: AttemptResult, { attempt, policy, random }: VerdictContext): number {
  const { backoffMs: base, maxBackoffMs } = policy.limits;
  const mean = Math.min(base * 2 ** attempt.record.tried, maxBackoffMs);
  const asked = (ending.error as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
  const jittered = Math.min(2 * mean * random(), maxBackoffMs);
  return typeof asked === 'number' && asked > 0 ? Math.min(Math.max(asked, jittered), maxBackoffMs) : jittered;
}

/** A retry starts only if there is time for it that is worth starting with. */
function hasRoom(delayMs: number, ending: AttemptResult, { attempt, work, policy, nowMs }: VerdictContext): boolean {
  const overallMs = Math.min(overallBoundMs({ policy, ...work }), policy.limits.maxOverallMs);
  const spentMs = (attempt.record.number('spentMs') ?? 0) + ending.durationMs + delayMs;
  const completeInMs =
    work.limits.completeBy === undefined ? Infinity : Date.parse(work.limits.completeBy) - nowMs - delayMs;
  const left = Math.min(overallMs - spentMs, completeInMs);
  return left >= policy.limits.minRetryMs && leavesRoom(attempt, ending.durationMs + delayMs, policy);
}

function errorOf(ending: AttemptResult, cause: Cause | null, context: VerdictContext): JobError | undefined {
  if (ending.outcome === 'failed') {
    const { error } = ending;
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_MOST);
    return { code: error instanceof HandlerError ? error.code : 'error', message };
  }
  if (ending.outcome === 'cancelled') return { code: 'cancelled', message: ending.reason?.message ?? 'Cancelled.' };
  if (ending.outcome !== 'stopped' || cause === null) return undefined;
  const spentMs = context.attempt.record.number('spentMs') ?? 0;
  return stopError(ending, cause, { ...context, spentMs });
}

function observationsOf(
  ending: AttemptResult,
  context: VerdictContext & { outcome: Outcome; cause: Cause | null; willRetry: boolean },
): Observations {
  const { attempt, work, policy, nowMs } = context;
  if (ending.unstarted === true) return { className: work.jobClass.name, rings: [], counters: {} };
  const earlier = attempt.record.attempts.slice(0, attempt.number - 1).flatMap((a): EndedAttempt[] =>
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
    durationMs: ending.durationMs,
    outcome: context.outcome,
    cause: context.cause,
    decision: ending.decision,
    resumedFromCheckpoint: attempt.record.text('checkpoint') !== undefined,
    ...queuedMs(attempt, earlier),
    worker: attempt.record.text(`a${attempt.number}:worker`),
    ...ranAs(ending, work, attempt),
    ...ending.readings,
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

/** How long it waited for a worker; a wait for the provider says nothing of that. */
function queuedMs({ startedAtMs, record }: ClaimedAttempt, earlier: EndedAttempt[]): Pick<EndedAttempt, 'queuedMs'> {
  if (earlier.at(-1)?.outcome === 'deferred') return {};
  return { queuedMs: Math.max(0, startedAtMs - (record.number('readyAt') ?? startedAtMs)) };
}

/** A fallback model teaches the class of the model that ran. */
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

/** What the static limit of the kind would have waited longer for an attempt that a learned deadline ended. */
function savedMs(ending: AttemptResult, cause: Cause | null, { work, policy }: VerdictContext): { savedMs?: number } {
  if (ending.outcome !== 'stopped' || cause !== 'deadline') return {};
  const { basis } = ending.decision;
  if (basis === 'explicit' || basis === 'no_timeout') return {};
  return { savedMs: Math.max(0, kindPolicy(policy, work.kind).priorMs - ending.durationMs) };
}
