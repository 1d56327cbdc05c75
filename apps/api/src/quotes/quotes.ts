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

/** Classes that are kept; all are forgotten when there are more. */
const MAX_CLASSES = 1_000;

/** Quotes of submissions, from history that may be a second old, or without history when Redis is slow. */
export class Quotes {
  private readonly forecaster: Forecaster;
  private readonly classes = new Map<string, JobClass>();

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
    const jobClass = this.classOf(submission);
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

  /** One object for all jobs of a class: the estimator keeps the keys of its history with it. */
  private classOf(submission: Submission): JobClass {
    const jobClass = classify(submission);
    // A label may read like a part of a command, so that the name alone does not set two classes apart.
    const key = `${jobClass.name} ${jobClass.shared[0]} ${jobClass.complexity ?? ''}`;
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    if (this.classes.size >= MAX_CLASSES) this.classes.clear();
    this.classes.set(key, jobClass);
    return jobClass;
  }
}
