import { kindPolicy, limitsFor, streams, type Decision, type Policy, type Submission } from '@leeway/contract';
import {
  classify,
  decideInMode,
  type LevelState,
  parseRingKey,
  readLevel,
  ringKeys,
  startsOutside,
  type HistoryView,
  type JobClass,
} from '@leeway/estimator';
import { HistoryCache, type Principal, type HistoryReader } from '@leeway/queue';
import type { Clock, Log } from '@leeway/runtime';

export interface QuotesOptions {
  history: HistoryReader;
  policy: Policy;
  clock: Clock;
  log: Log;
}

/** What the estimator says of a submission before it runs. It does not bind: the decision at the start of the attempt does. */
export interface Quote {
  jobClass: JobClass;
  decision: Decision;
}

/** Asks the estimator, with history that is at most `estimator.cacheMs` old, or without when Redis is slow. */
export class Quotes {
  private readonly cache: HistoryCache<LevelState>;

  constructor(private readonly options: QuotesOptions) {
    const { history, policy, clock } = options;
    this.cache = new HistoryCache(history, {
      build: (samples, key) => readLevel(key, samples, policy.estimator),
      maxAgeMs: policy.estimator.cacheMs,
      timeoutMs: policy.estimator.readTimeoutMs,
      nowMs: () => clock.monotonicMs(),
      young: (level, key) => level.size < policy.estimator.minSamples && parseRingKey(key)?.metric === 'total',
    });
  }

  /** Never throws for want of history: then the static limits of the policy hold, and the decision says so. */
  async quote(submission: Submission, principal: Principal): Promise<Quote> {
    const { policy, clock } = this.options;
    const jobClass = classify(submission);
    const nowMs = clock.wallMs();
    const tier = limitsFor({
      policy,
      tier: principal.tier,
      stream: streams(submission),
      timeoutMs: submission.timeoutMs,
    });
    const decision = decideInMode({
      jobClass,
      tenant: principal.tenant,
      kind: kindPolicy(policy, submission.kind),
      policy,
      history: await this.historyOf(jobClass, principal.tenant),
      nowMs,
      attempt: 1,
      timeoutMs: submission.timeoutMs,
      profile: submission.profile,
      limits: submission.limits,
      capsMs: {
        tier: tier.attemptMs ?? undefined,
        overall: Math.min(
          submission.limits?.overallMs ?? policy.limits.maxOverallMs,
          tier.overallMs ?? policy.limits.maxOverallMs,
        ),
        mode: policy.modes[submission.mode ?? '']?.totalMs,
        completeBy: submission.completeBy === undefined ? undefined : Date.parse(submission.completeBy) - nowMs,
      },
    });
    return { jobClass, decision };
  }

  private async historyOf(jobClass: JobClass, tenant: string): Promise<HistoryView | null> {
    try {
      await this.cache.refresh(ringKeys(tenant, jobClass), { tenant, className: jobClass.name });
    } catch (error) {
      this.options.log.debug({ event: 'history_unavailable', class: jobClass.name, error }, 'quoting without history');
      return null;
    }
    return {
      level: (key) => this.cache.level(key),
      runningSinceMs: (className, except) => startsOutside(this.cache.runningSince(tenant, className), except),
    };
  }
}
