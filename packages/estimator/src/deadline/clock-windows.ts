import { NO_TIMEOUT, type Decision } from '@leeway/contract';
import { coldRingKey, type LevelMetric } from '../history/ring-key.js';
import { RunningAges } from '../history/running-ages.js';
import { COLD_MIN_SAMPLES } from './cold-start.js';
import type { DecisionRequest, PreviousClock } from './decision-request.js';
import { type ChosenLevel, chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import { PROFILE_FACTORS } from './profile.js';
import { RETRY_FACTOR, rulesOf } from './rules.js';
import { usualDuration } from './usual-duration.js';

const NONE_RUNNING = new RunningAges([], 0);

/** Runs with activity from which an idle window is learned: a healthy command may be silent for minutes. */
export const IDLE_MIN_SAMPLES = 20;

/**
 * Parts of a time that somebody set. The first output leaves enough for another try (13.5 of 45 s), a stream that stops leaves
 * time to begin again (9 of 45 s). Of small ones connecting and reading a prompt still take a few seconds, and healthy streams
 * pause for a second or two.
 */
export const PART_OF_BUDGET = {
  firstOutput: { share: 0.3, leastMs: 5_000 },
  idle: { share: 0.2, leastMs: 3_000 },
} as const;

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

/** For an attempt that may have to start up first: what such attempts took, or the allowance of the policy on top. */
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
  const { previousClock, profile = 'balanced' } = request;
  const known = learned(request, metric);
  const usualMs = known?.ms ?? policyMs;
  if (usualMs === null) return { ms: null, learned: false };
  const wide = usualMs * PROFILE_FACTORS[profile].windows;
  // A small budget takes the margin of a learned window, never what such work usually needs.
  const ms = Math.min(wide, Math.max(partMs, known?.usualMs ?? 0));
  if (previousClock?.cause !== cause) return { ms, learned: known !== undefined };
  return { ms: Math.max(ms, RETRY_FACTOR * previousClock.limitMs), learned: known !== undefined };
}

/**
 * From the class's own results only, and only from {@link IDLE_MIN_SAMPLES} of them: a silence that is usual for one program
 * says nothing about another, and healthy work that is silent must not be ended for it.
 */
function learned(request: DecisionRequest, metric: LevelMetric): LearnedWindow | undefined {
  const { history, tenant, jobClass } = request;
  if (history === null) return undefined;
  const question = { history, tenant, jobClass, minSamples: IDLE_MIN_SAMPLES, minBorrow: IDLE_MIN_SAMPLES };
  const chosen = chooseLevel(question, metric);
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
