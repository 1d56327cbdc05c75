import { streams, type Decision, type Policy, type Submission } from '@leeway/contract';
import { classify, type JobClass } from '@leeway/estimator';
import { Forecaster } from '@leeway/forecast';
import type { HistoryReader, Principal } from '@leeway/queue';
import type { Clock, Log } from '@leeway/runtime';

export interface QuotesOptions {
  history: HistoryReader;
  /** Age that the history may have; undefined: a second. */
  historyMaxAgeMs?: number;
  policy: Policy;
  clock: Clock;
  log: Log;
}

/** The estimate for a submission. It does not bind: the decision at the start of each attempt does. */
export interface Quote {
  jobClass: JobClass;
  decision: Decision;
}

/** Quotes of submissions, from history that may be a second old, or without history when Redis is slow. */
export class Quotes {
  private readonly forecaster: Forecaster;

  constructor(private readonly options: QuotesOptions) {
    const { history, historyMaxAgeMs, policy, clock, log } = options;
    this.forecaster = new Forecaster({
      ...{ history, historyMaxAgeMs, policy, clock },
      onHistoryUnavailable: (error, { jobClass }) =>
        log.debug({ event: 'history_unavailable', class: jobClass.name, error }, 'quoting without history'),
    });
  }

  /** Without history the static limits of the policy apply, and the decision shows that; never rejects for it. */
  async quote(submission: Submission, principal: Principal): Promise<Quote> {
    const { kind, input, profile, timeoutMs, completeBy, mode } = submission;
    const jobClass = classify(submission);
    const work = {
      ...{
        kind,
        input,
        jobClass,
        tenant: principal.tenant,
        tier: principal.tier,
        stream: streams(submission),
        profile,
      },
      limits: { ...submission.limits, timeoutMs, completeBy, mode },
    };
    const startedAtMs = this.options.clock.wallMs();
    return { jobClass, decision: await this.forecaster.decide(work, { number: 1, startedAtMs, spentMs: 0 }) };
  }
}
