import type { Cap } from '@leeway/contract';
import type { HistoryView } from '../history/history-view.js';
import type { LevelState } from '../history/level-state.js';
import { levelRingKeys, type RingKey } from '../history/ring-key.js';
import { NONE_RUNNING, RunningAges } from '../history/running-attempts.js';
import { sourceName } from '../history/sample.js';
import type { DecisionRequest } from './decision-request.js';
import { type ChosenLevel, chooseLevel } from './level-choice.js';
import { type LevelDeadline, levelDeadline } from './level-deadline.js';
import { AS_USUAL, loadFactor } from './load-factor.js';
import { caution, margin } from './margin.js';
import { endedQuantile, LATE, MEDIAN, NO_FIGURES, priorEstimate, type TotalEstimate } from './prior-estimate.js';
import { PROFILE_FACTORS } from './profile.js';
import { withinRateOfChange } from './rate-of-change.js';
import { CAUTION_WINDOW, type Rules, rulesOf } from './rules.js';
import { type UsualDuration, usualDuration } from './usual-duration.js';

/** Running attempts older than the usual duration of a more general level, from which its figures are not used. One or two may hang. */
const CROWD = 3;
/** They are also more than this share of the results of the class: with more results of its own it needs no borrowed ones. */
const CROWD_SHARE = 0.5;
/** Runs of the ring that took longer than a kill's deadline. One of two hundred does by chance; four are slower work that would be killed every time. */
export const SLOW_RUNS = 4;
/** Largest factor for a slow worker: beyond it a requeue is better. */
const SLOW_WORKER_MAX = 10;

export function estimateTotal(request: DecisionRequest): TotalEstimate {
  const { history, jobClass, tenant, kind, nowMs } = request;
  const rules = rulesOf(request);
  if (history === null) return { ...NO_FIGURES, basis: 'static', deadlineMs: kind.priorMs };
  const chosen = chooseLevel({ history, tenant, jobClass, minSamples: rules.minSamples });
  if (chosen === undefined || chosen.shared) return priorEstimate(request, chosen);

  const ages = new RunningAges(history.runningSinceMs(jobClass.name, chosen.state.slowWorkers), nowMs);
  const { usual, heldMs } = withinRateOfChange(
    usualDuration(chosen, chosen.own ? ages : NONE_RUNNING, { nowMs, rules }),
    chosen.state,
    { nowMs, rules },
  );
  const outlasted = outlastsBorrowed(request, { chosen, ages, baseMs: usual.baseMs });
  if (outlasted !== null) return { ...NO_FIGURES, basis: 'prior', deadlineMs: kind.priorMs, override: outlasted };
  return learnedEstimate({ ...request, history }, { chosen, ages, usual, heldMs });
}

type WithHistory = DecisionRequest & { history: HistoryView };

interface Learned {
  chosen: ChosenLevel;
  ages: RunningAges;
  usual: UsualDuration;
  /** Bound of the rate of change on the usual duration; null: none. */
  heldMs: number | null;
}

function learnedEstimate(request: WithHistory, { chosen, ages, usual, heldMs }: Learned): TotalEstimate {
  const rules = rulesOf(request);
  const { state } = chosen;
  const { marginFactor, profile, load, onWorker } = factorsOf(request, chosen, rules);
  const current = load.loadFactor * onWorker;
  const full = marginFactor * profile.margin * current;
  const lateMs = current * usual.ratio * endedQuantile(state, LATE);
  const oldestRunningMs = chosen.own ? ages.oldestMs(usual.suspectMs) : 0;
  const bounded = levelDeadline(usual, { state, oldestRunningMs }, full);
  return {
    basis: chosen.own ? 'history' : 'borrowed',
    level: chosen.level,
    samples: state.size,
    censored: state.censored,
    quantile: rules.quantile,
    baseMs: usual.baseMs,
    ...(usual.ratio === 1 ? {} : { ratio: usual.ratio }),
    margin: marginFactor * profile.margin,
    ...(profile.margin === 1 ? {} : { profile }),
    ...load,
    ...(onWorker === 1 ? {} : { workerFactor: onWorker }),
    expectedMs: Math.min(lateMs, current * usual.meanRatio * endedQuantile(state, MEDIAN)),
    lateMs,
    confidence: confidence(chosen, rules),
    deadlineMs: bounded.deadlineMs,
    slowMs: chosen.own ? slowRunsMs(state, request.previousDeadlineMs, rules) : null,
    caps: capsOf({ heldMs: heldMs === null ? null : full * heldMs, plainMs: full * usual.baseMs, ...bounded }),
    override: null,
  };
}

/** Factors on the usual duration: margin with caution, profile, load, and a slow worker. */
function factorsOf(request: WithHistory, chosen: ChosenLevel, rules: Rules) {
  const { history, tenant, jobClass, profile = 'balanced', elapsedMs } = request;
  return {
    marginFactor:
      margin({ history, tenant, jobClass, rules }) * caution(chosen.state, rules) * (chosen.settled ? 1 : rules.margin),
    profile: { name: profile, margin: PROFILE_FACTORS[profile].margin },
    // Not for an extension: durations and running ages decide it, and the load factor would mostly lengthen hangs.
    load: elapsedMs === undefined ? loadFactor({ history, tenant, jobClass }) : AS_USUAL,
    onWorker: workerFactor(request, chosen),
  };
}

/** `heldMs`: deadline by the rate of change. `plainMs`: deadline without unended runs. */
function capsOf(limits: Omit<LevelDeadline, 'deadlineMs'> & { heldMs: number | null; plainMs: number }): Cap[] {
  const { heldMs, plainMs, unendedMs, hangBoundMs } = limits;
  const caps: Cap[] = [];
  if (heldMs !== null) caps.push({ name: 'rate_of_change', limitMs: heldMs, bit: true });
  if (hangBoundMs !== null) caps.push({ name: 'hang_bound', limitMs: hangBoundMs, bit: true });
  else if (unendedMs !== null) caps.push({ name: 'unended', limitMs: unendedMs, bit: unendedMs > plainMs });
  return caps;
}

/**
 * Two sorts of work in one class: a few runs of a hundred take far longer than the rest, beyond the quantile. The first
 * attempt of such a job is killed; the next one is more likely to be slow than to hang.
 */
function slowRunsMs({ exact }: LevelState, killedMs: number | undefined, { marginMin }: Rules): number | null {
  if (killedMs === undefined || exact.countAbove(killedMs) < SLOW_RUNS) return null;
  return marginMin * exact.at(exact.size - 1);
}

/** Factor for a worker that is much slower than the others; 1: it is not. */
function workerFactor({ worker }: DecisionRequest, { state }: ChosenLevel): number {
  const factor = worker === undefined ? undefined : state.slowWorkers.get(sourceName(worker));
  return factor === undefined ? 1 : Math.min(SLOW_WORKER_MAX, factor);
}

/** Reason not to use borrowed figures: several running attempts of this class are older, and hardly any has ended. Null: use them. */
function outlastsBorrowed(
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

/** One half at `minSamples` results, then towards 1, less the share of recent wrong kills. */
function confidence({ state }: ChosenLevel, { minSamples }: Rules): number {
  const wrong = state.falseKills(CAUTION_WINDOW) / Math.max(1, Math.min(state.size, CAUTION_WINDOW));
  return (state.exact.size / (state.exact.size + minSamples)) * (1 - wrong);
}
