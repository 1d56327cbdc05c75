import { packDecision, type Decision, type JobId, type JobState, type Policy } from '@leeway/contract';
import type { StoreBounds } from '../redis/store-bounds.js';
import { type OutboxEntry, syncActionOf, type SyncReply } from '../bullmq/sync-action.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { RunScript, ScriptArg, ScriptName } from '../redis/scripts.js';
import { type ClaimedAttempt, claimReply, type ClaimReply, type RawClaimReply } from './claimed-attempt.js';
import { type Report, reportArgs } from './report.js';
import { encodeSettlement, type Settlement } from './settlement.js';

/** `fenced`: the attempt is not the open one any more; nothing was changed. */
export type SettleReply =
  /** `sync`: what the worker has to do in BullMQ with the job that it holds. `affectedJobs`: to be reconciled as well. */
  | { status: 'applied'; state: JobState; sync: OutboxEntry; affectedJobs: JobId[] }
  /** `repeated`: the same call again, sent twice across a reconnect. */
  | { status: 'repeated' | 'fenced'; state: JobState };

/** `alive`: its lease was renewed. `gone`: the attempt is not open any more. */
export interface LossReply {
  status: 'requeued' | 'failed' | 'cancelled' | 'alive' | 'gone';
  /** Other jobs to be reconciled with BullMQ. */
  affectedJobs: JobId[];
}

/** The result of a step; undefined: it has none. */
export interface StepResult {
  kind: string;
  result: unknown;
}

/**
 * The writes of an attempt. Each is fenced: its script compares the attempt with the open one of the record first, so a late
 * writer changes nothing.
 */
export class AttemptStore {
  constructor(
    private readonly run: RunScript,
    private readonly policy: Policy,
    private readonly bounds: Pick<StoreBounds, 'maxRings'>,
  ) {}

  /** Opens the next attempt of a job. An open one whose lease was not renewed for `takeOverAfterMs` is closed as lost first. */
  async claim(job: JobId, by: { worker: string; token: string; takeOverAfterMs?: number }): Promise<ClaimReply> {
    const { supervision, limits } = this.policy;
    const { worker, token, takeOverAfterMs = supervision.lockMs } = by;
    const args = [job, worker, token, takeOverAfterMs, limits.maxLosses, ...retentionArgs(this.policy)];
    const reply = (await this.run('claim', ...args)) as RawClaimReply;
    return claimReply(reply, { job, token, heldForMs: supervision.lockMs });
  }

  /** The results of other steps of its workflow, by name. Throws when Redis does not answer. */
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

  /** Stores the decision that binds. `allocationMs`: of a step, its part of the workflow's budget. False: fenced. */
  async bindDecision(attempt: ClaimedAttempt, decision: Decision, allocationMs?: number): Promise<boolean> {
    const allocation = allocationMs === undefined ? '' : Math.round(allocationMs);
    const args = [
      JSON.stringify(packDecision(decision)),
      decision.deadlineMs,
      allocation,
      ...retentionArgs(this.policy),
    ];
    return this.write('bind-decision', attempt, args);
  }

  /** Output beyond the policy's size is dropped and marked. False: fenced. */
  async report(attempt: ClaimedAttempt, reports: readonly Report[]): Promise<boolean> {
    const { outputBytes } = this.policy.retention;
    return this.write('report', attempt, [
      outputBytes,
      ...retentionArgs(this.policy),
      ...reports.flatMap((report): ScriptArg[] => reportArgs(report)),
    ]);
  }

  /** The process of an attempt is paused, or resumed after `pausedMs`. False: fenced. */
  async setPaused(
    attempt: ClaimedAttempt,
    change: { paused: true } | { paused: false; pausedMs: number },
  ): Promise<boolean> {
    const args = change.paused ? [1, 0] : [0, Math.round(change.pausedMs)];
    return this.write('set-paused', attempt, [...args, ...retentionArgs(this.policy)]);
  }

  private async write(script: ScriptName, { job, number }: ClaimedAttempt, args: ScriptArg[]): Promise<boolean> {
    return (await this.run(script, job, number, ...args)) === 1;
  }

  async settle({ job, number }: ClaimedAttempt, settlement: Settlement): Promise<SettleReply> {
    const args = [settlement.result ?? '', encodeSettlement(settlement, this.policy, this.bounds.maxRings)];
    const reply = (await this.run('settle', job, number, ...args)) as
      | ['applied', JobState, JobId[], revision: number, ...SyncReply]
      | ['repeated' | 'fenced', JobState];
    if (reply[0] !== 'applied') return { status: reply[0], state: reply[1] };
    const [status, state, affectedJobs, revision, ...sync] = reply;
    return { status, state, affectedJobs, sync: { revision, ...syncActionOf(sync) } };
  }

  /**
   * Closes an attempt as lost whose lease was not renewed for `lostAfterMs`; 0: its process is known to be gone. Counts as a
   * loss of its job, and not as a try.
   */
  async markLost(job: JobId, number: number, lostAfterMs: number): Promise<LossReply> {
    const args = [job, number, lostAfterMs, this.policy.limits.maxLosses, ...retentionArgs(this.policy)];
    const [status, affectedJobs = []] = (await this.run('mark-lost', ...args)) as [LossReply['status'], JobId[]?];
    return { status, affectedJobs };
  }
}
