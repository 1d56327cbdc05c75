import type { Cap, Decision } from '@leeway/contract';
import type { LevelState } from '../history/level-state.js';
import { levelRingKeys, type RingKey } from '../history/ring-key.js';
import { RunningAges } from '../history/running-ages.js';
import { sourceName } from '../history/sample.js';
import type { DecisionRequest } from './decision-request.js';
import { type ChosenLevel, chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import { AS_USUAL, loadFactor } from './load-factor.js';
import { caution, margin } from './margin.js';
import { PROFILE_FACTORS } from './profile.js';
import { withinRateOfChange } from './rate-of-change.js';
import { CAUTION_WINDOW, type Rules, rulesOf } from './rules.js';
import { usualDuration } from './usual-duration.js';

/** What history says about the whole attempt, before floors and caps. */
export interface TotalEstimate extends Pick<
  Decision,
  | 'basis'
  | 'level'
  | 'samples'
  | 'censored'
  | 'quantile'
  | 'baseMs'
  | 'ratio'
  | 'margin'
  | 'profile'
  | 'expectedMs'
  | 'lateMs'
  | 'confidence'
  | 'override'
  | 'loadFactor'
  | 'loadEvidence'
  | 'workerFactor'
> {
  deadlineMs: number;
  /** What an attempt after a kill should be allowed at least, as work like it is known to take that long; null: it is not. */
  slowMs: number | null;
  caps: Cap[];
}

const NOTHING = {
  level: null,
  samples: 0,
  censored: 0,
  quantile: null,
  baseMs: null,
  margin: null,
  expectedMs: null,
  lateMs: null,
  confidence: 0,
  override: null,
  loadFactor: 1,
  loadEvidence: null,
  slowMs: null,
  caps: [],
};
const MEDIAN = 0.5;
const LATE = 0.95;

/** Running attempts that have outlasted what a more general level usually takes, from which its figures do not hold. One or two may hang. */
const CROWD = 3;
/** They have to be more than this share of the results of the class: with results of its own there is no need to guess. */
const CROWD_SHARE = 0.5;
/** Runs of the window that took longer than a kill's deadline. One of two hundred does by chance; four are work that takes that long and would never end. */
export const SLOW_RUNS = 4;
/** Most that a slow worker's own deadlines are lengthened by: slow work is not lost, but what takes longer is better requeued. */
const SLOW_WORKER_MAX = 10;

export function estimateTotal(request: DecisionRequest): TotalEstimate {
  const { history, jobClass, tenant, kind, nowMs, profile = 'balanced' } = request;
  const rules = rulesOf(request);
  if (history === null) return { ...NOTHING, basis: 'static', deadlineMs: kind.priorMs };
  const chosen = chooseLevel({ history, tenant, jobClass, minSamples: rules.minSamples });
  if (chosen === undefined || chosen.shared) {
    const few = fewResults(request);
    const others = chosen === undefined ? { samples: few } : ofOtherTenants(chosen);
    return { ...NOTHING, basis: 'prior', ...others, ...taggedPrior(request, few) };
  }

  const ages = new RunningAges(history.runningSinceMs(jobClass.name, chosen.state.slowWorkers), nowMs);
  const { usual, heldMs } = withinRateOfChange(
    usualDuration(chosen, chosen.own ? ages : NONE_RUNNING, { nowMs, rules }),
    chosen.state,
    { nowMs, rules },
  );
  const unlike = unlikeItsKin(request, { chosen, ages, baseMs: usual.baseMs });
  if (unlike !== null) return { ...NOTHING, basis: 'prior', deadlineMs: kind.priorMs, override: unlike };

  const { state } = chosen;
  const factor =
    margin({ history, tenant, jobClass, rules }) * caution(state, rules) * (chosen.settled ? 1 : rules.margin);
  const preferred = PROFILE_FACTORS[profile].margin;
  // An attempt that has begun is extended for what durations and running ages say; the moment's slowness mostly lets hangs last.
  const load = request.elapsedMs === undefined ? loadFactor({ history, tenant, jobClass }) : AS_USUAL;
  const onWorker = workerFactor(request, chosen);
  const moment = load.loadFactor * onWorker;
  const oldestRunningMs = chosen.own ? ages.oldestMs(usual.suspectMs) : 0;
  const full = factor * preferred * moment;
  const lateMs = moment * usual.ratio * endedQuantile(chosen, LATE);
  const { deadlineMs, unendedMs, hangBoundMs } = levelDeadline(usual, { state, oldestRunningMs }, full);
  return {
    basis: chosen.own ? 'history' : 'borrowed',
    level: chosen.level,
    samples: state.size,
    censored: state.censored,
    quantile: rules.quantile,
    baseMs: usual.baseMs,
    ...(usual.ratio === 1 ? {} : { ratio: usual.ratio }),
    margin: factor * preferred,
    ...(preferred === 1 ? {} : { profile: { name: profile, margin: preferred } }),
    ...load,
    ...(onWorker === 1 ? {} : { workerFactor: onWorker }),
    expectedMs: Math.min(lateMs, moment * usual.meanRatio * endedQuantile(chosen, MEDIAN)),
    lateMs,
    confidence: confidence(chosen, rules),
    deadlineMs,
    slowMs: chosen.own ? slowRunsMs(state, request.previousDeadlineMs, rules) : null,
    caps: [
      ...(heldMs === null ? [] : [{ name: 'rate_of_change', limitMs: full * heldMs, bit: true } as const]),
      ...(unendedMs === null || hangBoundMs !== null
        ? []
        : [{ name: 'unended', limitMs: unendedMs, bit: unendedMs > full * usual.baseMs } as const]),
      ...(hangBoundMs === null ? [] : [{ name: 'hang_bound', limitMs: hangBoundMs, bit: true } as const]),
    ],
    override: null,
  };
}

/**
 * Two sorts of work in one class: a few runs of a hundred take far longer than the rest, and lie beyond the quantile. A
 * first attempt is ended where the rest has long ended; the next one is more likely to be of the slow sort than to hang.
 */
function slowRunsMs({ exact }: LevelState, killedMs: number | undefined, { marginMin }: Rules): number | null {
  if (killedMs === undefined || exact.countAbove(killedMs) < SLOW_RUNS) return null;
  return marginMin * exact.at(exact.size - 1);
}

/** The default of the kind, moved by what the caller says of the job's complexity; that alone makes no quick kill. */
function taggedPrior(
  { jobClass, kind, policy }: DecisionRequest,
  few: number,
): Pick<TotalEstimate, 'deadlineMs' | 'override'> {
  const { complexity } = jobClass;
  if (complexity === undefined) return { deadlineMs: kind.priorMs, override: null };
  const factor = policy.estimator.complexity[complexity];
  const leastMs = Math.min(kind.priorMs, policy.estimator.coldFloorMs);
  return {
    deadlineMs: Math.max(leastMs, factor * kind.priorMs),
    override: `${few === 0 ? 'nothing' : 'too little'} like it has run yet and it is tagged as ${complexity} complexity (${factor} times the default)`,
  };
}

/** Results that there are of the class and its kin, where that is too few to say anything. */
function fewResults({ history, tenant, jobClass }: DecisionRequest): number {
  return Math.max(0, ...levelRingKeys('total', tenant, jobClass).map((key) => history?.level(key)?.size ?? 0));
}

/** Other tenants' runs say what to expect, but neither stretch nor shorten this tenant's deadline, nor teach its margin. */
function ofOtherTenants(
  chosen: ChosenLevel,
): Pick<TotalEstimate, 'level' | 'samples' | 'censored' | 'expectedMs' | 'lateMs'> {
  const { level, state } = chosen;
  return {
    level,
    samples: state.size,
    censored: state.censored,
    expectedMs: endedQuantile(chosen, MEDIAN),
    lateMs: endedQuantile(chosen, LATE),
  };
}

/** On a worker that is much slower than the others work takes longer, whatever it takes elsewhere. 1: it is like them. */
function workerFactor({ worker }: DecisionRequest, { state }: ChosenLevel): number {
  const factor = worker === undefined ? undefined : state.slowWorkers.get(sourceName(worker));
  return factor === undefined ? 1 : Math.min(SLOW_WORKER_MAX, factor);
}

const NONE_RUNNING = new RunningAges([], 0);

/**
 * Why figures borrowed from similar work do not hold: several attempts of this class have outlasted them, and hardly any
 * has ended. Null where they do hold.
 */
function unlikeItsKin(
  request: DecisionRequest,
  borrowed: { chosen: ChosenLevel; ages: RunningAges; baseMs: number },
): string | null {
  const { chosen, ages, baseMs } = borrowed;
  const { history, tenant, jobClass } = request;
  if (chosen.own || history === null) return null;
  const outlasting = ages.longerThan(baseMs);
  const ended = history.level(levelRingKeys('total', tenant, jobClass)[0] as RingKey)?.size ?? 0;
  if (outlasting < CROWD || outlasting <= CROWD_SHARE * ended) return null;
  return `${outlasting} running attempts of ${jobClass.name} have already outlasted what ${chosen.level} usually takes`;
}

function endedQuantile({ state }: ChosenLevel, q: number): number {
  const all = state.quantile(q);
  return Number.isFinite(all) ? all : state.exact.quantile(q);
}

/** One half at `minSamples` results, towards 1 from there, less what kills were wrong lately. */
function confidence({ state }: ChosenLevel, { minSamples }: Rules): number {
  const wrong = state.falseKills(CAUTION_WINDOW) / Math.max(1, Math.min(state.size, CAUTION_WINDOW));
  return (state.exact.size / (state.exact.size + minSamples)) * (1 - wrong);
}
