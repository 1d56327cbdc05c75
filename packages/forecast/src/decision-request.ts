import { kindPolicy, limitsFor, type Attempt, type Cause, type Policy } from '@leeway/contract';
import { stepBudget, type DecisionRequest, type PreviousClock, type StepBudget } from '@leeway/estimator';
import { phaseRules } from './phase-rules.js';
import type { AttemptFacts, JobLimits, StepTime, Work } from './work.js';

/**
 * Everything that a decision depends on, but for the history and the time: limits of the submission, caps of tier, policy,
 * mode, workflow and phases, and what happened to the attempt before.
 */
export function decisionRequest(
  work: Work,
  attempt: AttemptFacts,
  policy: Policy,
): Omit<DecisionRequest, 'history' | 'nowMs'> {
  const { timeoutMs, ...limits } = work.limits;
  return {
    jobClass: work.jobClass,
    tenant: work.tenant,
    kind: kindPolicy(policy, work.kind),
    policy,
    attempt: attempt.number,
    worker: attempt.worker,
    previousDeadlineMs: deadlineThatEnded(attempt.previous),
    previousClock: silenceThatEnded(attempt.previous),
    timeoutMs,
    profile: work.profile,
    limits,
    coldStart: attempt.coldStart,
    capsMs: caps(work, attempt, policy),
    phases: endingPhases(work, policy),
  };
}

function caps(work: Work, { spentMs, startedAtMs, step }: AttemptFacts, policy: Policy): DecisionRequest['capsMs'] {
  const { overallMs, completeBy, timeoutMs, mode } = work.limits;
  const tier = limitsFor({ policy, tier: work.tier, stream: work.stream, timeoutMs });
  const overall = Math.min(overallMs ?? Infinity, tier.overallMs ?? Infinity, policy.limits.maxOverallMs);
  const modeMs = policy.modes[mode ?? '']?.totalMs;
  const budget = step === undefined ? undefined : budgetOf(step, timeoutMs, policy);
  return {
    tier: tier.attemptMs ?? undefined,
    overall: overall - spentMs,
    mode: modeMs === undefined ? undefined : modeMs - spentMs,
    share: budget?.allocationMs,
    budget: budget?.mostMs,
    completeBy: completeBy === undefined ? undefined : Date.parse(completeBy) - startedAtMs,
  };
}

/** A limit that the submission sets for a step holds as far as the steps behind it can still start. */
function budgetOf(step: StepTime, timeoutMs: JobLimits['timeoutMs'], policy: Policy): StepBudget {
  const { minStepMs } = policy.workflows;
  return stepBudget(step.leftMs, step, timeoutMs === undefined ? { minStepMs } : { minStepMs, overdraw: Infinity });
}

/** Absent: phases are only shown. Parts of the attempt end with it, so that only windows of a length of their own end it. */
function endingPhases(work: Work, policy: Policy): DecisionRequest['phases'] {
  if (!policy.phases.endAttempt) return undefined;
  const rules = phaseRules(work, policy);
  return rules === null || rules.windowMs === null ? undefined : { most: rules.names.length, windowMs: rules.windowMs };
}

/** How long the attempt before was allowed, if its deadline ended it. */
function deadlineThatEnded(previous: Attempt | undefined): number | undefined {
  const killed = previous?.outcome === 'stopped' && previous.cause === 'deadline';
  return killed ? (previous.allowedMs ?? undefined) : undefined;
}

/** The clock for silence that ended the attempt before, if one did. */
function silenceThatEnded(previous: Attempt | undefined): PreviousClock | undefined {
  if (previous?.outcome !== 'stopped' || previous.decision === null || previous.cause === null) return undefined;
  const limits: Partial<Record<Cause, number | null>> = {
    first_output: previous.decision.firstOutputMs,
    idle: previous.decision.idleMs,
    tool_silence: previous.decision.toolMs,
  };
  const limitMs = limits[previous.cause];
  return limitMs == null ? undefined : { cause: previous.cause as PreviousClock['cause'], limitMs };
}
