import { NO_TIMEOUT, type Decision } from '@leeway/contract';
import { coldRingKey, type LevelMetric } from '../history/ring-key.js';
import { NONE_RUNNING } from '../history/running-attempts.js';
import { COLD_MIN_SAMPLES } from './cold-start.js';
import type { DecisionRequest, PreviousClock } from './decision-request.js';
import { type ChosenLevel, chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import { PROFILE_FACTORS } from './profile.js';
import { RETRY_FACTOR, rulesOf } from './rules.js';
import { usualDuration } from './usual-duration.js';

/** Runs with output needed to learn an idle window: a healthy command may be silent for minutes. */
export const IDLE_MIN_SAMPLES = 20;

/**
 * Windows as shares of a given deadline. A missing first output leaves time for another attempt (13.5 of 45 s), and so does a
 * stream that stops (9 of 45 s). The minimums: connecting and reading a prompt take a few seconds, and healthy streams pause
 * for a second or two.
 */
export const PART_OF_BUDGET = {
  firstOutput: { share: 0.3, leastMs: 5_000 },
  idle: { share: 0.2, leastMs: 3_000 },
} as const;

export type Clocks = Pick<Decision, 'firstOutputMs' | 'startUpMs' | 'idleMs' | 'toolMs'>;

/** Deadline of the attempt. `given`: set by the submission, the tier or another ceiling; false: an estimate. */
export interface Budget {
  deadlineMs: number;
  given: boolean;
}

/**
 * Windows for first output and silence: of the submission, else learned, else of the kind in the policy. A first-output window
 * is learned only for kinds that have one (`chat`): many programs print nothing before their end. Under a given deadline the
 * windows leave time for another attempt. After an attempt that one of them ended, the next attempt gets a longer one, as
 * after a kill at the deadline. Without a timeout only silence shows a hang, so there is always a window for it.
 */
export function clocks(request: DecisionRequest, budget: Budget): Clocks {
  const { limits = {}, kind, policy, timeoutMs } = request;
  const leastMs = timeoutMs === NO_TIMEOUT ? policy.limits.noTimeoutIdleMs : null;
  const within = (ms: number | null) => (ms === null ? null : Math.round(Math.min(ms, budget.deadlineMs)));
  const partOf = ({ share, leastMs: floorMs }: { share: number; leastMs: number }) =>
    budget.given ? Math.max(share * budget.deadlineMs, floorMs) : Infinity;

  const first = firstOutput(request, partOf(PART_OF_BUDGET.firstOutput));
  const idlePartMs = kind.idleMs === null ? Infinity : partOf(PART_OF_BUDGET.idle);
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

/** For an attempt that may have to start up first: the window learned from such attempts, or the allowance added. */
function firstOutput(request: DecisionRequest, partMs: number): { windowMs: number | null; warmMs: number | null } {
  const { kind, coldStart } = request;
  if (kind.firstOutputMs === null) return { windowMs: null, warmMs: null };
  const warm = windowOf(request, { metric: 'first', cause: 'first_output', policyMs: kind.firstOutputMs, partMs });
  const warmMs = warm.ms as number;
  if (coldStart === undefined) return { windowMs: warmMs, warmMs };
  const state = request.history?.level(coldRingKey(request.tenant, request.jobClass));
  if (state !== undefined && state.size >= COLD_MIN_SAMPLES && state.exact.size > 0) {
    const level = { level: '', state, parent: undefined, within: [], own: true, settled: true, shared: false };
    return { windowMs: Math.max(warmMs, learnedWindow(request, level).ms), warmMs };
  }
  const allowed = coldStart.everywhere || warm.learned;
  return { windowMs: warmMs + (allowed ? coldStart.allowanceMs : 0), warmMs };
}

interface WindowSource {
  metric: LevelMetric;
  /** The cause of an attempt that it ended. */
  cause: PreviousClock['cause'];
  /** Window while nothing is learned; null: none. */
  policyMs: number | null;
  /** Its share of a given deadline; Infinity: the deadline is not given. */
  partMs: number;
}

function windowOf(request: DecisionRequest, source: WindowSource): { ms: number | null; learned: boolean } {
  const { metric, cause, policyMs, partMs } = source;
  const { previousClock, profile = 'balanced' } = request;
  const known = learned(request, metric);
  const usualMs = known?.ms ?? policyMs;
  if (usualMs === null) return { ms: null, learned: false };
  const wide = usualMs * PROFILE_FACTORS[profile].windows;
  // A short given deadline reduces the margin of a learned window, never the usual duration in it.
  const ms = Math.min(wide, Math.max(partMs, known?.usualMs ?? 0));
  if (previousClock?.cause !== cause) return { ms, learned: known !== undefined };
  return { ms: Math.max(ms, RETRY_FACTOR * previousClock.limitMs), learned: known !== undefined };
}

/**
 * From at least {@link IDLE_MIN_SAMPLES} results of the class itself: the usual silence of one program is not that of another,
 * and a window that is too short ends healthy work.
 */
function learned(request: DecisionRequest, metric: LevelMetric): LearnedWindow | undefined {
  const { history, tenant, jobClass } = request;
  if (history === null) return undefined;
  const least = { minSamples: IDLE_MIN_SAMPLES, minBorrow: IDLE_MIN_SAMPLES };
  const chosen = chooseLevel({ history, tenant, jobClass, ...least }, metric);
  return chosen === undefined || !chosen.own ? undefined : learnedWindow(request, chosen);
}

interface LearnedWindow {
  ms: number;
  /** Without margin. */
  usualMs: number;
}

function learnedWindow(request: DecisionRequest, chosen: ChosenLevel): LearnedWindow {
  const rules = rulesOf(request);
  const usual = usualDuration(chosen, NONE_RUNNING, { nowMs: request.nowMs, rules });
  const { deadlineMs } = levelDeadline(usual, { state: chosen.state, oldestRunningMs: 0 }, rules.margin);
  return { ms: Math.max(rules.floorMs, deadlineMs), usualMs: usual.baseMs };
}
