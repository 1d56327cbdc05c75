import { durationText, limitsFor, type Cap, type Cause, type JobError, type Policy } from '@leeway/contract';
import type { AttemptResult } from '../attempt/attempt.js';
import type { AttemptWork } from '../decision/attempt-work.js';
import { tierAdvice } from './tier-advice.js';

export interface StopContext {
  work: AttemptWork;
  policy: Policy;
  /** The part of the overall limit that earlier attempts and the pauses between them took. */
  spentMs: number;
}

/** The error of a job that a clock ended: which limit, how much of it was used, who set it, under which tier, what to do. */
export function stopError(result: AttemptResult, cause: Cause, context: StopContext): JobError {
  const { work } = context;
  if (result.unstarted === true) return unstartedError(result, cause, context);
  const ceiling = bindingCeiling(result, cause);
  const limitMs = result.expiry?.limitMs;
  const left = result.abandoned
    ? ' The handler ignored its abort and was abandoned.'
    : result.beingEnded === true
      ? ' Its processes were still being ended when the grace was over.'
      : '';
  const elapsedMs = result.expiry?.elapsedMs ?? result.durationMs;
  return {
    code: cause,
    message: `${STOPPED[cause] ?? 'Stopped'} after ${durationText(elapsedMs)}${limitMs === undefined ? '' : `; the limit was ${durationText(limitMs)}`}.${explained(cause, ceiling, result, context)}${left}`,
    ...(limitMs === undefined ? {} : { limitMs }),
    elapsedMs: Math.round(result.durationMs),
    setBy: setBy(cause, ceiling, result, context),
    tier: work.tier,
    stream: work.stream,
    advice: advice(cause, ceiling, result, context),
  };
}

/** The error of a step that was refused to start; the reason has the figures. */
function unstartedError(result: AttemptResult, cause: Cause, context: StopContext): JobError {
  const { work } = context;
  return {
    code: cause,
    message: result.reason?.message ?? 'It did not start.',
    setBy: setBy(cause, undefined, result, context),
    tier: work.tier,
    stream: work.stream,
    advice: ADVICE[cause],
  };
}

const STOPPED: Partial<Record<Cause, string>> = {
  deadline: 'Ended at its deadline',
  first_output: 'Ended because no output came',
  idle: 'Ended because output stopped',
  stuck: 'Ended because it repeated itself',
  tool_silence: 'Ended because a tool was silent',
  overall: 'Ended at the overall limit of the job',
  complete_by: 'Ended because completeBy passed',
  budget_exhausted: 'Ended with the time budget',
};

type Ceiling = Extract<Cap['name'], 'tier' | 'policy_max' | 'backstop' | 'overall' | 'complete_by'>;
const CEILINGS: readonly Cap['name'][] = ['tier', 'policy_max', 'backstop', 'overall', 'complete_by'];

/** The ceiling that ended the attempt: no decision could have gone beyond it. Undefined: there was room. */
function bindingCeiling({ decision }: AttemptResult, cause: Cause): Ceiling | undefined {
  if (cause === 'overall') return 'overall';
  if (cause !== 'deadline') return undefined;
  const ceilings = decision.caps.filter(({ name }) => CEILINGS.includes(name));
  const lowest = ceilings.find(({ limitMs }) => limitMs === Math.min(...ceilings.map((each) => each.limitMs)));
  if (lowest === undefined) return undefined;
  // A deadline that was extended to the ceiling ends there as well.
  const reached = decision.basis !== 'explicit' && decision.deadlineMs >= Math.floor(lowest.limitMs);
  return lowest.bit || reached ? (lowest.name as Ceiling) : undefined;
}

function explained(cause: Cause, ceiling: Ceiling | undefined, result: AttemptResult, context: StopContext): string {
  const { work } = context;
  if (cause === 'stuck' && result.reason !== undefined) return ` Its stream shows that ${result.reason.message}.`;
  if (ceiling === 'tier')
    return ` The tier "${work.tier}" allows no longer attempt ${work.stream ? 'with' : 'without'} streaming.`;
  if (ceiling === 'overall' && overallOf(context) === 'tier')
    return ` The tier "${work.tier}" allows no more for all attempts and the pauses between them.`;
  return cause === 'deadline' ? ` ${result.decision.sentence}` : '';
}

/** Who set the smallest overall limit. */
function overallOf({ work, policy }: StopContext): 'submission' | 'tier' | 'policy' {
  const { overallMs, timeoutMs } = work.limits;
  const tierMs = limitsFor({ policy, tier: work.tier, stream: work.stream, timeoutMs }).overallMs;
  if (tierMs !== null && tierMs <= (overallMs ?? Infinity)) return 'tier';
  return overallMs === undefined ? 'policy' : 'submission';
}

function setBy(cause: Cause, ceiling: Ceiling | undefined, { decision }: AttemptResult, context: StopContext): string {
  const { work } = context;
  const { limits } = work;
  const overall = {
    submission: 'the submission (limits.overallMs)',
    tier: `the tier "${work.tier}"`,
    policy: 'the policy (its longest overall limit)',
  }[overallOf(context)];
  switch (cause) {
    case 'deadline':
      if (ceiling === 'tier') return `the tier "${work.tier}"`;
      if (ceiling === 'policy_max') return 'the policy (its longest attempt of this kind)';
      if (ceiling === 'backstop') return 'the policy (its longest attempt, limits.maxAttemptMs)';
      if (ceiling === 'overall') return overall;
      return decision.basis === 'explicit' ? 'the submission (timeoutMs)' : `the estimator (${decision.basis})`;
    case 'first_output':
      return limits.firstOutputMs === undefined
        ? 'the estimator or the policy'
        : 'the submission (limits.firstOutputMs)';
    case 'idle':
      return limits.idleMs === undefined ? 'the estimator or the policy' : 'the submission (limits.idleMs)';
    case 'tool_silence':
      return limits.toolMs === undefined ? 'the estimator or the policy' : 'the submission (limits.toolMs)';
    case 'budget_exhausted':
      return limits.mode === undefined ? 'the budget of the workflow' : `the submission (mode ${limits.mode})`;
    case 'stuck':
      return 'the policy (monitor)';
    case 'overall':
      return overall;
    default:
      return 'the submission';
  }
}

const ADVICE: Partial<Record<Cause, string>> = {
  deadline: 'If it was healthy, submit it with a larger timeoutMs; its next attempt gets a longer deadline by itself.',
  first_output: 'Raise limits.firstOutputMs, or make the work print something earlier.',
  idle: 'Raise limits.idleMs, or report activity or progress while it works in silence.',
  tool_silence: 'Raise limits.toolMs.',
  stuck:
    'Look at the end of its output. If it was healthy, submit it with "monitor": false; the policy (monitor) sets how long it waits.',
  overall: 'Raise limits.overallMs, or ask for fewer attempts.',
  complete_by: 'Submit it earlier, or with a later completeBy.',
  budget_exhausted: 'Give the whole more time with limits.overallMs or another mode, or this step a larger weight.',
};

function advice(cause: Cause, ceiling: Ceiling | undefined, { decision }: AttemptResult, context: StopContext): string {
  const { work } = context;
  if (ceiling === 'tier') return tierAdvice(decision, { ...context, layer: 'attemptMs' });
  if (ceiling === 'policy_max')
    return `No attempt of the kind ${work.kind} may take longer here: cut the work into steps, or ask the operator to raise kinds.${work.kind}.maxMs.`;
  if (ceiling === 'backstop')
    return 'No attempt takes longer here, with or without a timeout: cut the work into steps, or ask the operator to raise limits.maxAttemptMs.';
  if (ceiling === 'overall' && overallOf(context) === 'tier')
    return tierAdvice(decision, { ...context, layer: 'overallMs' });
  return ADVICE[cause] ?? 'Look at the attempts and their output.';
}
