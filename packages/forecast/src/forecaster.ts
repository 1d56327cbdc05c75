import type { Decision, Policy } from '@leeway/contract';
import {
  decideInMode,
  endsAtShare,
  extendedDeadlineMs,
  type HistoryView,
  type LevelState,
  parseRingKey,
  readLevel,
  ringKeys,
  startsOutside,
} from '@leeway/estimator';
import type { HistoryReader } from '@leeway/queue';
import type { Clock } from '@leeway/runtime';
import { DecisionMemo } from './decision-memo.js';
import { decisionRequest } from './decision-request.js';
import { HistoryCache } from './history-cache.js';
import type { AttemptFacts, Work } from './work.js';

export interface ForecasterOptions {
  history: HistoryReader;
  policy: Policy;
  clock: Pick<Clock, 'monotonicMs'>;
  /** Age that history in memory may have, in ms. Default: a second. */
  historyMaxAgeMs?: number | undefined;
  /** History could not be read in time, so static limits hold for this decision. */
  onHistoryUnavailable: (error: unknown, work: Work) => void;
}

/** A longer deadline, in ms from the start of the attempt. */
export interface Extended {
  deadlineMs: number;
  /** For people. */
  reason: string;
}

/**
 * The one place where deadlines are decided: quotes of the API, decisions that bind attempts, and the answer at their
 * expiry. Joins the stored history with the estimator and the caps of policy and submission.
 */
export class Forecaster {
  private readonly cache: HistoryCache<LevelState>;
  private readonly memo: DecisionMemo;

  constructor(private readonly options: ForecasterOptions) {
    const { history, policy, clock, historyMaxAgeMs } = options;
    this.cache = new HistoryCache({
      reader: history,
      build: (samples, key) => readLevel(key, samples),
      maxAgeMs: historyMaxAgeMs,
      nowMs: () => clock.monotonicMs(),
      // A class that is still learning changes its deadline with every result.
      isYoung: (level, key) => level.size < policy.estimator.minSamples && parseRingKey(key)?.metric === 'total',
    });
    this.memo = new DecisionMemo(policy);
  }

  /** Does not reject when history cannot be read: the static limits of the policy hold then, and the decision has the basis `static`. */
  async decide(work: Work, attempt: AttemptFacts): Promise<Decision> {
    const history = await this.historyOf(work);
    const make = () => {
      const request = decisionRequest(work, attempt, this.options.policy);
      return decideInMode({ ...request, history, nowMs: attempt.startedAtMs });
    };
    return history === null ? make() : this.memo.get(history.version, { work, attempt }, make);
  }

  /** What an attempt gets that has reached its deadline; null: no more. */
  async extension(
    work: Work,
    attempt: AttemptFacts,
    current: { decision: Decision; elapsedMs: number },
  ): Promise<Extended | null> {
    const { policy } = this.options;
    const { decision, elapsedMs } = current;
    const history = await this.historyOf(work);
    const atShare = endsAtShare(decision);
    // Without history nothing new is known; a step may draw on the time of later steps all the same.
    if (history === null && !atShare) return null;
    const nowMs = attempt.startedAtMs + elapsedMs;
    const again = decideInMode({ ...decisionRequest(work, attempt, policy), history, nowMs, elapsedMs });
    const deadlineMs = extendedDeadlineMs(decision, again);
    return deadlineMs === null ? null : { deadlineMs, reason: atShare ? LATER_STEPS : LEARNED };
  }

  /** Null when Redis does not answer in time. */
  private async historyOf(work: Work): Promise<VersionedHistory | null> {
    const { tenant, jobClass } = work;
    const run = { tenant, className: jobClass.name };
    try {
      await this.cache.refresh(ringKeys(tenant, jobClass), run);
    } catch (error) {
      this.options.onHistoryUnavailable(error, work);
      return null;
    }
    return {
      version: this.cache.versionOf(run),
      level: (key) => this.cache.level(key),
      runningSinceMs: (className, except) => startsOutside(this.cache.runningSince({ tenant, className }), except),
    };
  }
}

interface VersionedHistory extends HistoryView {
  /** Another object once anything of the class was read again. */
  version: object | undefined;
}

const LATER_STEPS = 'its part of the time of the workflow was used up, and later steps can spare more';
const LEARNED = 'what was learned since the start calls for more';
