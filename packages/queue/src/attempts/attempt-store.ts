import {
  RING_LENGTH,
  type Cause,
  type Decision,
  type FinalState,
  type JobError,
  type JobId,
  type JobState,
  type Outcome,
  type Policy,
} from '@leeway/contract';
import { keyPart } from '../redis/keys.js';
import { type Flat, JobRecord } from '../jobs/job-record.js';
import { type OutboxEntry, type SyncAction, syncActionOf, type SyncReply } from '../bullmq/sync-action.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript } from '../redis/scripts.js';

/** An attempt that a worker has claimed; every write carries its number, which is the fencing token. Times are ms of Redis. */
export interface ClaimedAttempt {
  job: JobId;
  number: number;
  token: string;
  startedAtMs: number;
  record: JobRecord;
  /** Of a step: what was left of the workflow's time at the start, in ms. */
  leftMs?: number;
}

/** What a step has returned. */
export interface StepResult {
  kind: string;
  result: unknown;
}

/** How an attempt ended and what comes next. */
export interface Settlement {
  outcome: Outcome;
  cause: Cause | null;
  durationMs: number;
  next:
    | { step: 'final'; state: FinalState }
    | { step: 'retry'; delayMs: number }
    | { step: 'requeue' }
    /** Its provider takes no calls: it waits in its queue. `counts`: towards the put-backs that are allowed. */
    | { step: 'deferred'; counts: boolean };
  /** JSON text, so that it is made once. */
  result?: string;
  error?: JobError;
  partial: boolean;
  savedMs?: number;
  rings: readonly { key: string; sample: string }[];
  /** The class that ran, and what to count for it. */
  className: string;
  counters: Partial<Record<string, number>>;
}

/** `fenced`: the attempt is no longer the open one; nothing was changed. */
export type SettleReply =
  /** `sync`: what the worker has to do in BullMQ with the job that it holds. `affectedJobs`: to be reconciled as well. */
  | { status: 'applied'; state: JobState; sync: OutboxEntry; affectedJobs: JobId[] }
  | { status: 'repeated' | 'fenced'; state: JobState };

/** What a running attempt reports. */
export type Report =
  | { type: 'output'; stream: 'stdout' | 'stderr' | 'text'; text: string }
  /** `monitor` is told as an event as well, `monitor_view` is only kept. */
  | { type: 'progress' | 'checkpoint' | 'phase' | 'monitor' | 'monitor_view' | 'marker'; value: unknown }
  | { type: 'late'; lateMs: number }
  /** A new deadline, in ms from the start without the time that the clocks stood; who moved it, and why. */
  | { type: 'extended'; deadlineMs: number; by: string; reason: string }
  | { type: 'waiting'; reason: string | null }
  /** `pausedMs`: so long the clocks stood, and the deadline moves by it. `why`: the wait was over, or may be no longer. */
  | { type: 'resumed'; pausedMs: number; why: 'answered' | 'limit' };

export type ClaimReply =
  | { status: 'claimed'; attempt: ClaimedAttempt }
  /**
   * There is nothing to run. `held`: another attempt is open whose lease was renewed within `takeOverAfterMs`.
   * `sync`: what the caller has to do in BullMQ with the job that it was handed.
   */
  | { status: 'unavailable'; state: JobState | 'missing' | 'held'; sync: SyncAction };

/**
 * The writes of an attempt. Each is fenced: its script compares the attempt with the open one of the record first, so a
 * late writer changes nothing.
 */
export class AttemptStore {
  constructor(
    private readonly run: RunScript,
    private readonly policy: Policy,
  ) {}

  /** Opens the next attempt of a job. An open one whose lease was not renewed for `takeOverAfterMs` is closed as lost first. */
  async claim(job: JobId, options: { worker: string; token: string; takeOverAfterMs?: number }): Promise<ClaimReply> {
    const { lockMs } = this.policy.supervision;
    const { worker, token, takeOverAfterMs = lockMs } = options;
    const reply = (await this.run(
      'claim',
      job,
      worker,
      token,
      takeOverAfterMs,
      this.policy.limits.maxLosses,
      ...retentionArgs(this.policy),
    )) as
      | ['claimed', number, number, Flat, number, string, Flat]
      | ['unavailable', JobState | 'missing', ...SyncReply]
      | ['unavailable', 'held'];
    if (reply[0] === 'unavailable') {
      // The attempt that holds the job ends it, or the watchdog requeues it; this is for when neither happens.
      if (reply[1] === 'held')
        return { status: 'unavailable', state: 'held', sync: { action: 'delay', delayMs: lockMs } };
      const [status, state, ...sync] = reply;
      return { status, state, sync: syncActionOf(sync) };
    }
    const [status, number, startedAtMs, fields, leftMs, spec, data] = reply;
    const record = new JobRecord(job, fields, { spec, data });
    const ofWorkflow = record.text('workflow') === undefined ? {} : { leftMs };
    return { status, attempt: { job, number, token, startedAtMs, record, ...ofWorkflow } };
  }

  /** What other steps of its workflow have returned, with the kind of each; undefined: nothing. Throws when Redis does not answer. */
  async stepResults(attempt: ClaimedAttempt, steps: readonly string[]): Promise<Map<string, StepResult>> {
    const workflow = attempt.record.text('workflow');
    if (workflow === undefined || steps.length === 0) return new Map();
    const reply = (await this.run('step-results', workflow, ...steps)) as string[];
    return new Map(
      steps.map((step, i) => {
        const [kind = '', json = ''] = reply.slice(2 * i);
        return [step, { kind, result: json === '' ? undefined : (JSON.parse(json) as unknown) }];
      }),
    );
  }

  /** Stores the decision that binds; of a step also what it got of the workflow's time, in ms. False: fenced. */
  async bindDecision(attempt: ClaimedAttempt, decision: Decision, allocationMs?: number): Promise<boolean> {
    return (
      (await this.run(
        'bind-decision',
        attempt.job,
        attempt.number,
        JSON.stringify(decision),
        decision.deadlineMs,
        allocationMs === undefined ? '' : Math.round(allocationMs),
        ...retentionArgs(this.policy),
      )) === 1
    );
  }

  /** False: fenced. Output beyond the policy's size is dropped and marked. */
  async report(attempt: ClaimedAttempt, reports: readonly Report[]): Promise<boolean> {
    return (
      (await this.run(
        'report',
        attempt.job,
        attempt.number,
        this.policy.retention.outputBytes,
        ...retentionArgs(this.policy),
        ...reports.flatMap(reportArgs),
      )) === 1
    );
  }

  async settle(attempt: ClaimedAttempt, s: Settlement): Promise<SettleReply> {
    const { job, number } = attempt;
    const settlement = JSON.stringify(encodeSettlement(s, this.policy));
    const reply = (await this.run('settle', job, number, s.result ?? '', settlement)) as
      | ['applied', JobState, JobId[], number, ...SyncReply]
      | ['repeated' | 'fenced', JobState];
    if (reply[0] !== 'applied') return { status: reply[0], state: reply[1] };
    const [status, state, affectedJobs, revision, ...sync] = reply;
    return { status, state, affectedJobs, sync: { revision, ...syncActionOf(sync) } };
  }

  /** The process of an attempt is paused, or resumed after `pausedMs`. False: fenced. */
  async setPaused(
    attempt: ClaimedAttempt,
    change: { paused: true } | { paused: false; pausedMs: number },
  ): Promise<boolean> {
    const pausedMs = change.paused ? 0 : Math.round(change.pausedMs);
    return (
      (await this.run(
        'set-paused',
        attempt.job,
        attempt.number,
        change.paused ? 1 : 0,
        pausedMs,
        ...retentionArgs(this.policy),
      )) === 1
    );
  }

  /**
   * Closes an attempt as lost when its lease was not renewed for `lostAfterMs` (0: its process is known to be gone). Counts
   * as a loss, and not as a try. `affectedJobs`: other jobs to be reconciled with BullMQ as well.
   */
  async markLost(
    job: JobId,
    number: number,
    lostAfterMs: number,
  ): Promise<{ fate: 'requeued' | 'failed' | 'cancelled' | 'alive' | 'gone'; affectedJobs: JobId[] }> {
    const [fate, affectedJobs = []] = (await this.run(
      'mark-lost',
      job,
      number,
      lostAfterMs,
      this.policy.limits.maxLosses,
      ...retentionArgs(this.policy),
    )) as ['requeued' | 'failed' | 'cancelled' | 'alive' | 'gone', JobId[]?];
    return { fate, affectedJobs };
  }
}

/** As settle.lua reads it. */
function encodeSettlement(s: Settlement, { retention, estimator }: Policy): object {
  return {
    outcome: s.outcome,
    cause: s.cause ?? '',
    durationMs: Math.round(s.durationMs),
    ...encodeNext(s.next),
    error: s.error === undefined ? undefined : JSON.stringify(s.error),
    partial: s.partial,
    savedMs: s.savedMs === undefined ? undefined : Math.round(s.savedMs),
    rings: s.rings.map(({ key, sample }) => [key, sample]),
    class: { name: s.className, key: keyPart(s.className) },
    counters: Object.fromEntries(Object.entries(s.counters).filter(([, by]) => by !== 0)),
    keep: {
      maxEvents: retention.maxEvents,
      outputMs: retention.outputMs,
      ringLength: RING_LENGTH,
      ringTtlMs: estimator.historyTtlMs,
      maxRings: retention.maxRings,
    },
  };
}

function encodeNext(next: Settlement['next']): object {
  switch (next.step) {
    case 'final':
      return { next: 'final', state: next.state };
    case 'retry':
      return { next: 'retry', delayMs: Math.round(next.delayMs) };
    case 'deferred':
      return { next: 'deferred', counts: next.counts };
    case 'requeue':
      return { next: 'requeue' };
  }
}

function reportArgs(report: Report): (string | number)[] {
  switch (report.type) {
    case 'output':
      return ['output', JSON.stringify({ stream: report.stream, text: report.text }), Buffer.byteLength(report.text)];
    case 'extended':
      return [
        'extended',
        JSON.stringify({ deadlineMs: report.deadlineMs, by: report.by, reason: report.reason }),
        Math.round(report.deadlineMs),
      ];
    case 'late':
      return ['late', JSON.stringify({ lateMs: report.lateMs }), 0];
    case 'waiting':
      return ['waiting', JSON.stringify({ reason: report.reason }), 0];
    case 'resumed':
      return [
        'resumed',
        JSON.stringify({ pausedMs: Math.round(report.pausedMs), why: report.why }),
        Math.round(report.pausedMs),
      ];
    case 'progress':
    case 'checkpoint':
    case 'phase':
    case 'monitor':
    case 'monitor_view':
    case 'marker':
      return [report.type, JSON.stringify(report.value ?? null), 0];
  }
}
