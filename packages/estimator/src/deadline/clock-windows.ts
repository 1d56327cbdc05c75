import { NO_TIMEOUT, type Decision } from '@leeway/contract';
import type { DecisionRequest, PreviousClock } from './decision-request.js';
import { type ChosenLevel, chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import { coldRingKey, type LevelMetric } from '../history/ring-key.js';
import { RunningAges } from '../history/running-ages.js';
import { usualDuration } from './usual-duration.js';

const NONE_RUNNING = new RunningAges([], 0);

export type Clocks = Pick<Decision, 'firstOutputMs' | 'startUpMs' | 'idleMs' | 'toolMs'>;

/** How long the attempt may take, and whether somebody set that: a submission, a tier or another ceiling. Else it is an estimate. */
export interface Budget {
  deadlineMs: number;
  given: boolean;
}

/**
 * The clocks beside the total one: what was asked for, else what was learned, else what the policy says of the kind. A
 * first-output clock is learned only for kinds that have one (`chat`): a program may well say nothing before its end. Where
 * somebody set how long the attempt may take, the clocks of a kind that has them leave time for another try. The attempt
 * after one of them has ended another gets more, as after a kill at the deadline. Without a timeout silence is all that tells
 * a hang from work, so there is always a clock for it.
 */
export function clocks(request: DecisionRequest, budget: Budget): Clocks {
  const { limits = {}, kind, policy, timeoutMs } = request;
  const leastMs = timeoutMs === NO_TIMEOUT ? policy.limits.noTimeoutIdleMs : null;
  const { budgetFirstShare, budgetFirstFloorMs, budgetIdleShare, budgetIdleFloorMs } = policy.estimator;
  const within = (ms: number | null) => (ms === null ? null : Math.round(Math.min(ms, budget.deadlineMs)));
  const partOf = (share: number, floorMs: number) =>
    budget.given ? Math.max(share * budget.deadlineMs, floorMs) : Infinity;

  const first = firstOutput(request, partOf(budgetFirstShare, budgetFirstFloorMs));
  const idlePartMs = kind.idleMs === null ? Infinity : partOf(budgetIdleShare, budgetIdleFloorMs);
  const idle = windowOf(request, {
    metric: 'idle',
    cause: 'idle',
    policyMs: kind.idleMs ?? leastMs,
    partMs: idlePartMs,
  });
  const tool = windowOf(request, { metric: 'tool', cause: 'tool_silence', policyMs: leastMs, partMs: Infinity });
  const firstOutputMs = within(limits.firstOutputMs ?? first.windowMs);
  const startUpMs = limits.firstOutputMs === undefined ? (firstOutputMs ?? 0) - (within(first.warmMs) ?? 0) : 0;
  return {
    firstOutputMs,
    ...(request.coldStart === undefined || firstOutputMs === null ? {} : { startUpMs }),
    idleMs: within(limits.idleMs ?? idle.ms),
    toolMs: within(limits.toolMs ?? tool.ms),
  };
}

/** For an attempt that may have to start up first: what such attempts took, or the allowance of the policy on top. */
function firstOutput(request: DecisionRequest, partMs: number): { windowMs: number | null; warmMs: number | null } {
  const { kind, coldStart, policy } = request;
  if (kind.firstOutputMs === null) return { windowMs: null, warmMs: null };
  const warm = windowOf(request, { metric: 'first', cause: 'first_output', policyMs: kind.firstOutputMs, partMs });
  const warmMs = warm.ms as number;
  if (coldStart === undefined) return { windowMs: warmMs, warmMs };
  const state = request.history?.level(coldRingKey(request.tenant, request.jobClass));
  if (state !== undefined && state.size >= policy.estimator.coldMinSamples && state.exact.size > 0) {
    const level = { level: '', state, parent: undefined, within: [], own: true, settled: true, shared: false };
    return { windowMs: Math.max(warmMs, learnedWindow(request, level).ms), warmMs };
  }
  const allowed = coldStart.everywhere || warm.learned;
  return { windowMs: warmMs + (allowed ? coldStart.allowanceMs : 0), warmMs };
}

interface WindowQuestion {
  metric: LevelMetric;
  /** The cause under which it ends an attempt. */
  cause: PreviousClock['cause'];
  /** What holds while nothing is learned; null: no such clock. */
  policyMs: number | null;
  /** What a set budget leaves for it. */
  partMs: number;
}

function windowOf(request: DecisionRequest, question: WindowQuestion): { ms: number | null; learned: boolean } {
  const { metric, cause, policyMs, partMs } = question;
  const { previousClock, policy, profile = 'balanced' } = request;
  const known = learned(request, metric);
  const usualMs = known?.ms ?? policyMs;
  if (usualMs === null) return { ms: null, learned: false };
  const wide = usualMs * policy.estimator.profiles[profile].windows;
  // A small budget takes the margin of a learned window, never what such work usually needs.
  const ms = Math.min(wide, Math.max(partMs, known?.usualMs ?? 0));
  if (previousClock?.cause !== cause) return { ms, learned: known !== undefined };
  return { ms: Math.max(ms, policy.estimator.retryFactor * previousClock.limitMs), learned: known !== undefined };
}

/**
 * From the class's own results only, and only from `idleMinSamples` of them: a silence that is usual for one program
 * says nothing about another, and healthy work that is silent must not be ended for it.
 */
function learned(request: DecisionRequest, metric: LevelMetric): LearnedWindow | undefined {
  const { history, tenant, jobClass, policy } = request;
  if (history === null) return undefined;
  const { idleMinSamples } = policy.estimator;
  const question = { history, tenant, jobClass, policy: { minSamples: idleMinSamples, minBorrow: idleMinSamples } };
  const chosen = chooseLevel(question, metric);
  return chosen === undefined || !chosen.own ? undefined : learnedWindow(request, chosen);
}

interface LearnedWindow {
  ms: number;
  /** Without margin. */
  usualMs: number;
}

function learnedWindow({ nowMs, policy }: DecisionRequest, chosen: ChosenLevel): LearnedWindow {
  const { estimator } = policy;
  const usual = usualDuration(chosen, NONE_RUNNING, { nowMs, policy: estimator });
  const { deadlineMs } = levelDeadline(
    usual,
    { state: chosen.state, oldestRunningMs: 0 },
    { margin: estimator.margin, policy: estimator },
  );
  return { ms: Math.max(estimator.floorMs, deadlineMs), usualMs: usual.baseMs };
}
