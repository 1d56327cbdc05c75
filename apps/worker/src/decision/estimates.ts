import { endsAtShare } from '@leeway/supervision';
import {
  kindPolicy,
  type Attempt,
  type Cause,
  type Decision,
  type Hints,
  type JobId,
  type Policy,
  type ProfileName,
  type Submission,
} from '@leeway/contract';
import {
  classify,
  decideInMode,
  extendedDeadlineMs,
  type LevelState,
  parseRingKey,
  readLevel,
  ringKeys,
  startsOutside,
  type ColdStart,
  type DecisionRequest,
  type HistoryView,
  type JobClass,
  type PreviousClock,
} from '@leeway/estimator';
import { HistoryCache, type HistoryReader, type ClaimedAttempt } from '@leeway/queue';
import type { Clock, Log } from '@leeway/runtime';
import { budgetOf } from './step-time.js';
import { tierLimitsOf } from './tier-limits-of.js';

/** The limits of a submission as the record keeps them. */
export type StoredLimits = NonNullable<Submission['limits']> &
  Pick<Submission, 'timeoutMs' | 'completeBy' | 'onWorkerLost' | 'overlap' | 'mode' | 'monitor'>;

export interface AttemptWork {
  job: JobId;
  kind: string;
  tenant: string;
  /** Which row and column of the policy's tiers cap it. */
  tier: string;
  stream: boolean;
  input: unknown;
  limits: StoredLimits;
  profile?: ProfileName | undefined;
  jobClass: JobClass;
  /** Nothing like it has run on this worker lately. */
  coldStart?: ColdStart | undefined;
}

/** What an attempt works on, read from its record. */
export function workOf({ job, record }: ClaimedAttempt): AttemptWork {
  const input = record.json('input') ?? null;
  const kind = record.text('kind') ?? '';
  return {
    job,
    kind,
    tenant: record.tenant,
    tier: record.text('tier') ?? '',
    stream: record.text('stream') === '1',
    input,
    limits: record.json<StoredLimits>('limits') ?? {},
    profile: record.text('profile') as ProfileName | undefined,
    jobClass: classify({ kind, input, label: record.text('label'), ...record.json<Hints>('hints') }),
  };
}

/** Joins the stored history with the estimator: the decision that binds an attempt, and the answer at its expiry. */
export class Estimates {
  private readonly cache: HistoryCache<LevelState>;

  constructor(private readonly parts: { history: HistoryReader; policy: Policy; clock: Clock; log: Log }) {
    const { policy } = parts;
    this.cache = new HistoryCache(parts.history, {
      build: (samples, key) => readLevel(key, samples, policy.estimator),
      maxAgeMs: policy.estimator.cacheMs,
      timeoutMs: policy.estimator.readTimeoutMs,
      nowMs: () => parts.clock.monotonicMs(),
      // A class that is still learning changes its deadline with every result.
      young: (level, key) => level.size < policy.estimator.minSamples && parseRingKey(key)?.metric === 'total',
    });
  }

  async decide(attempt: ClaimedAttempt, work: AttemptWork): Promise<Decision> {
    return decideInMode({ ...this.request(attempt, work), history: await this.view(work), nowMs: attempt.startedAtMs });
  }

  /** What work like this usually takes (p50) with another input, in ms; null: nothing is known of it. */
  async usualMs(attempt: ClaimedAttempt, work: AttemptWork, input: unknown): Promise<number | null> {
    const { record } = attempt;
    const { expectedMs } = await this.decide(attempt, {
      ...work,
      input,
      jobClass: classify({ kind: work.kind, input, label: record.text('label'), ...record.json<Hints>('hints') }),
    });
    return expectedMs;
  }

  /** A longer deadline, if what was learned since the start calls for one; else null. */
  async askAgain(
    attempt: ClaimedAttempt,
    work: AttemptWork,
    now: { decision: Decision; elapsedMs: number },
  ): Promise<number | null> {
    const history = await this.view(work);
    // Without history nothing new is known; a step may draw on the time of later steps all the same.
    if (history === null && !endsAtShare(now.decision)) return null;
    const again = decideInMode({
      ...this.request(attempt, work),
      history,
      nowMs: attempt.startedAtMs + now.elapsedMs,
      elapsedMs: now.elapsedMs,
    });
    return extendedDeadlineMs(now.decision, again, this.parts.policy.estimator);
  }

  /** Null when Redis does not answer in time: then the static limits hold. */
  private async view(work: AttemptWork): Promise<HistoryView | null> {
    try {
      await this.cache.refresh(ringKeys(work.tenant, work.jobClass), {
        tenant: work.tenant,
        className: work.jobClass.name,
      });
      return {
        level: (key) => this.cache.level(key),
        runningSinceMs: (className, except) => startsOutside(this.cache.runningSince(work.tenant, className), except),
      };
    } catch (error) {
      this.parts.log.warn(
        { event: 'history_unavailable', jobId: work.job, error },
        'history could not be read: static limits hold',
      );
      return null;
    }
  }

  private request(attempt: ClaimedAttempt, work: AttemptWork): Omit<DecisionRequest, 'history' | 'nowMs'> {
    const { policy } = this.parts;
    const { record, number } = attempt;
    const before = number > 1 ? record.attempt(number - 1) : undefined;
    const killedAt =
      before?.outcome === 'stopped' && before.cause === 'deadline' ? (before.allowedMs ?? undefined) : undefined;
    const { overallMs, completeBy, timeoutMs, mode, ...limits } = work.limits;
    const tier = tierLimitsOf(work, policy);
    const overall = Math.min(overallMs ?? Infinity, tier.overallMs ?? Infinity, policy.limits.maxOverallMs);
    const budget = budgetOf(attempt, timeoutMs, policy);
    const spentMs = record.number('spentMs') ?? 0;
    const modeMs = policy.modes[mode ?? '']?.totalMs;
    return {
      jobClass: work.jobClass,
      tenant: work.tenant,
      kind: kindPolicy(policy, work.kind),
      policy,
      attempt: number,
      worker: record.text(`a${number}:worker`),
      previousDeadlineMs: killedAt,
      previousClock: silenceThatEnded(before),
      timeoutMs,
      profile: work.profile,
      limits,
      coldStart: work.coldStart,
      capsMs: {
        tier: tier.attemptMs ?? undefined,
        overall: overall - spentMs,
        mode: modeMs === undefined ? undefined : modeMs - spentMs,
        share: budget?.allocationMs,
        budget: budget?.mostMs,
        completeBy: completeBy === undefined ? undefined : Date.parse(completeBy) - attempt.startedAtMs,
      },
    };
  }
}

/** The clock for silence that ended an attempt, if one did. */
function silenceThatEnded(before: Attempt | undefined): PreviousClock | undefined {
  if (before?.outcome !== 'stopped' || before.decision === null) return undefined;
  const limits: Partial<Record<Cause, number | null>> = {
    first_output: before.decision.firstOutputMs,
    idle: before.decision.idleMs,
    tool_silence: before.decision.toolMs,
  };
  const limitMs = before.cause === null ? undefined : limits[before.cause];
  return limitMs === undefined || limitMs === null
    ? undefined
    : { cause: before.cause as PreviousClock['cause'], limitMs };
}
