import { decisionSentence, NO_TIMEOUT, type Cap, type Decision } from '@leeway/contract';
import { ceilings } from './ceilings.js';
import { clocks } from './clock-windows.js';
import type { DecisionRequest } from './decision-request.js';
import { queueWaitMs } from './queue-wait.js';
import { RETRY_FACTOR } from './rules.js';
import type { TotalEstimate } from './prior-estimate.js';
import { estimateTotal } from './total-estimate.js';

/**
 * Deadline of an attempt, with its reasons. Pure: the same request gives the same decision in every process. Never throws;
 * without history the static limits of the kind apply.
 */
export function decide(request: DecisionRequest): Decision {
  const estimate = estimateTotal(request);
  const wanted = wantedDeadline(request, estimate);
  const limited = limit(request, wanted);
  const isAsked = request.timeoutMs !== undefined;
  const decision: Omit<Decision, 'sentence'> = {
    deadlineMs: limited.deadlineMs,
    hardCapMs: limited.hardCapMs,
    expectedMs: shown(estimate.expectedMs),
    lateMs: shown(estimate.lateMs),
    queueMs: shown(queueWaitMs(request)),
    ...clocks(request, {
      deadlineMs: limited.deadlineMs,
      given: typeof request.timeoutMs === 'number' || wanted.deadlineMs > limited.ceilingMs,
    }),
    basis: wanted.basis,
    level: estimate.level,
    samples: estimate.samples,
    censored: estimate.censored,
    quantile: estimate.quantile,
    baseMs: estimate.baseMs,
    ...(estimate.ratio === undefined ? {} : { ratio: estimate.ratio }),
    margin: estimate.margin,
    ...(estimate.profile === undefined || isAsked ? {} : { profile: estimate.profile }),
    loadFactor: estimate.loadFactor,
    loadEvidence: estimate.loadEvidence,
    ...(estimate.workerFactor === undefined ? {} : { workerFactor: estimate.workerFactor }),
    confidence: estimate.confidence,
    caps: limited.caps,
    override: isAsked ? 'timeoutMs of the submission' : estimate.override,
    policyVersion: request.policy.version,
  };
  return { ...decision, sentence: decisionSentence(decision) };
}

interface Limited extends Pick<Decision, 'deadlineMs' | 'hardCapMs' | 'caps'> {
  /** Lowest of the ceilings. */
  ceilingMs: number;
}

/** The deadline after ceilings, share of a step and end of the phases, in this order. */
function limit(request: DecisionRequest, wanted: Wanted): Limited {
  const limits = ceilings(request);
  const ceilingMs = Math.min(...limits.map(({ limitMs }) => limitMs));
  const shareMs = shareOf(request);
  const caps = [
    ...wanted.caps,
    ...limits.map((cap) => ({
      ...cap,
      bit: cap.limitMs === ceilingMs && wanted.deadlineMs > ceilingMs && ceilingMs <= (shareMs ?? Infinity),
    })),
    ...(shareMs === undefined ? [] : [shareCap(shareMs, Math.min(wanted.deadlineMs, ceilingMs))]),
  ];
  const deadlineMs = rounded(Math.min(wanted.deadlineMs, ceilingMs, shareMs ?? Infinity));
  const phasesMs = phasesLimit(request, deadlineMs);
  if (phasesMs !== null)
    return { ceilingMs, deadlineMs: phasesMs, hardCapMs: phasesMs, caps: endedByPhases(caps, phasesMs) };
  const hardCapMs = request.timeoutMs === undefined ? Math.max(deadlineMs, rounded(ceilingMs)) : deadlineMs;
  return { ceilingMs, deadlineMs, hardCapMs, caps };
}

/** Share of a step. It does not apply to a timeout of the submission or to an extension: then only the ceiling `budget` does. */
function shareOf({ capsMs, timeoutMs, elapsedMs }: DecisionRequest): number | undefined {
  return timeoutMs === undefined && elapsedMs === undefined && capsMs?.share !== undefined
    ? Math.max(1, capsMs.share)
    : undefined;
}

function shareCap(limitMs: number, otherwiseMs: number): Cap {
  return { name: 'share', limitMs, bit: limitMs < otherwiseMs };
}

/** End of the last whole phase within the deadline; null: phases do not end the attempt before its deadline. */
function phasesLimit({ phases, timeoutMs }: DecisionRequest, deadlineMs: number): number | null {
  if (phases === undefined || timeoutMs === NO_TIMEOUT) return null;
  const limitMs = phases.windowMs * Math.min(phases.most, Math.floor(deadlineMs / phases.windowMs));
  return limitMs === 0 || limitMs >= deadlineMs ? null : limitMs;
}

function endedByPhases(caps: readonly Cap[], limitMs: number): Cap[] {
  return [...caps.map((cap) => ({ ...cap, bit: false })), { name: 'phases', limitMs, bit: true }];
}

interface Wanted extends Pick<Decision, 'basis' | 'caps'> {
  deadlineMs: number;
}

/** Before ceilings: the timeout of the submission, or the estimate after retry rule and floors. */
function wantedDeadline(request: DecisionRequest, estimate: TotalEstimate): Wanted {
  const { timeoutMs } = request;
  if (timeoutMs === NO_TIMEOUT) return { deadlineMs: Infinity, basis: 'no_timeout', caps: [] };
  if (timeoutMs !== undefined) {
    const explicit: Cap = { name: 'explicit', limitMs: timeoutMs, bit: true };
    return { deadlineMs: timeoutMs, basis: 'explicit', caps: [explicit] };
  }
  const policy = request.policy.estimator;
  const minimums: { name: Cap['name']; limitMs: number }[] = [];
  if (estimate.basis === 'history') minimums.push({ name: 'floor', limitMs: policy.floorMs });
  if (estimate.basis === 'borrowed') minimums.push({ name: 'cold_floor', limitMs: policy.coldFloorMs });
  if (request.attempt > 1 && request.previousDeadlineMs !== undefined)
    minimums.push({ name: 'retry', limitMs: RETRY_FACTOR * request.previousDeadlineMs });
  if (request.attempt > 1 && estimate.slowMs !== null) minimums.push({ name: 'slow_runs', limitMs: estimate.slowMs });
  const deadlineMs = Math.max(estimate.deadlineMs, ...minimums.map(({ limitMs }) => limitMs));
  return {
    deadlineMs,
    basis: estimate.basis,
    caps: [
      ...estimate.caps,
      ...minimums.map((cap) => ({ ...cap, bit: cap.limitMs === deadlineMs && cap.limitMs > estimate.deadlineMs })),
    ],
  };
}

function shown(ms: number | null): number | null {
  return ms === null || !Number.isFinite(ms) ? null : rounded(ms);
}

const SECOND_MS = 1_000;
const MICROSECONDS = 1_000;

/** To whole milliseconds from a second on, to microseconds below. */
function rounded(ms: number): number {
  return ms >= SECOND_MS ? Math.round(ms) : Math.round(ms * MICROSECONDS) / MICROSECONDS;
}
