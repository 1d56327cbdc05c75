import { kindPolicy, parsePolicy, RING_LENGTH, type Decision, type Policy } from '@leeway/contract';
import { decide } from '../src/deadline/decide.js';
import type { DecisionRequest } from '../src/deadline/decision-request.js';
import type { EndedAttempt } from '../src/observe/ended-attempt.js';
import type { HistoryView } from '../src/history/history-view.js';
import { classify, type JobClass } from '../src/classify/job-class.js';
import type { LevelState } from '../src/history/level-state.js';
import type { EndedJob, Observations } from '../src/observe/observations.js';
import { observe } from '../src/observe/observe.js';
import { readLevel } from '../src/history/read-level.js';
import { type LevelMetric, type RingKey, ringKey } from '../src/history/ring-key.js';
import { encodeSample, type Sample } from '../src/history/sample.js';

export const NOW_MS = Date.parse('2026-11-21T10:00:00Z');
export const TENANT = 'acme';
export const GIT_STATUS: JobClass = classify({ kind: 'command', input: { argv: ['git', 'status'] } });

/** A sample of the `total` metric that ended just before {@link NOW_MS}. */
export function sample(valueMs: number, more: Partial<Sample> = {}): Sample {
  return { valueMs, kind: 'exact', deadlineMs: 0, baseMs: 0, atMs: NOW_MS - 1, ...more };
}

/** Rings as in Redis (texts, newest first), decoded at every read. */
export class StoredHistory implements HistoryView {
  readonly rings = new Map<string, string[]>();
  readonly running = new Map<string, readonly number[]>();

  constructor(readonly policy: Policy) {}

  level(key: RingKey): LevelState | undefined {
    const ring = this.rings.get(key);
    return ring === undefined ? undefined : readLevel(key, ring);
  }

  runningSinceMs(className: string): readonly number[] {
    return this.running.get(className) ?? [];
  }

  /** Oldest first, to every level of the class. */
  add(samples: readonly Sample[], jobClass = GIT_STATUS, metric: LevelMetric = 'total'): this {
    for (const level of jobClass.levels)
      for (const one of samples) this.push(ringKey(metric, TENANT, level), encodeSample(one));
    return this;
  }

  apply(observations: Observations): void {
    for (const { key, sample: text } of observations.rings) this.push(key, text);
  }

  push(key: string, text: string): void {
    this.rings.set(key, [text, ...(this.rings.get(key) ?? [])].slice(0, RING_LENGTH));
  }
}

/** A policy with these settings of the estimator. */
export function policyOf(estimator: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): Policy {
  return parsePolicy({ ...rest, estimator });
}

export function request(
  history: StoredHistory | null,
  policy: Policy,
  more: Partial<DecisionRequest> = {},
): DecisionRequest {
  return {
    jobClass: GIT_STATUS,
    tenant: TENANT,
    kind: kindPolicy(policy, 'command'),
    policy,
    history,
    nowMs: NOW_MS,
    attempt: 1,
    ...more,
  };
}

export function ended(decision: Decision, more: Partial<EndedAttempt> = {}): EndedAttempt {
  return {
    number: 1,
    durationMs: 1_000,
    outcome: 'succeeded',
    cause: null,
    decision,
    resumedFromCheckpoint: false,
    outputs: 0,
    ...more,
  };
}

/** An attempt that was ended at its deadline. */
export function killed(decision: Decision, number = 1): EndedAttempt {
  return ended(decision, { number, durationMs: decision.deadlineMs, outcome: 'stopped', cause: 'deadline' });
}

export function endedJob(attempts: readonly EndedAttempt[], more: Partial<EndedJob> = {}): EndedJob {
  return {
    id: 'job',
    tenant: TENANT,
    jobClass: GIT_STATUS,
    attempts,
    willRetry: false,
    nowMs: NOW_MS,
    policy: parsePolicy(),
    ...more,
  };
}

/** Stored samples that the end of a job adds to the `total` ring of its class. */
export function totalsOf(job: EndedJob): string[] {
  const own = ringKey('total', job.tenant, job.jobClass.name);
  return observe(job).rings.flatMap(({ key, sample: text }) => (key === own ? [text] : []));
}

export function deadlineMs(history: StoredHistory | null, policy: Policy, more: Partial<DecisionRequest> = {}): number {
  return decide(request(history, policy, more)).deadlineMs;
}
