import type { JobId, JobState } from '@leeway/contract';
import { type SyncAction, syncActionOf, type SyncReply } from '../bullmq/sync-action.js';
import { type Flat, JobRecord } from '../record/job-record.js';

/** An attempt that a worker has claimed. Every write carries its number, which is the fencing token. */
export interface ClaimedAttempt {
  job: JobId;
  number: number;
  /** Under which BullMQ handed the job out. */
  token: string;
  /** By the clock of Redis. */
  startedAtMs: number;
  record: JobRecord;
  /** Of a step: what was left of its workflow's budget at the start, in ms. */
  leftMs?: number;
}

export type ClaimReply =
  | { status: 'claimed'; attempt: ClaimedAttempt }
  /**
   * There is nothing to run. `held`: another attempt is open whose lease was renewed within `takeOverAfterMs`.
   * `sync`: what the caller has to do in BullMQ with the job that it was handed.
   */
  | { status: 'unavailable'; state: JobState | 'missing' | 'held'; sync: SyncAction };

/** As claim.lua replies. */
export type RawClaimReply =
  | ['claimed', number: number, startedAtMs: number, fields: Flat, leftMs: number, spec: string, data: Flat]
  | ['unavailable', JobState | 'missing', ...SyncReply]
  | ['unavailable', 'held'];

/** `heldForMs`: after which BullMQ hands out a held job again, for when neither its attempt nor a watchdog ends it. */
export function claimReply(
  reply: RawClaimReply,
  { job, token, heldForMs }: { job: JobId; token: string; heldForMs: number },
): ClaimReply {
  if (reply[0] === 'claimed') {
    const [status, number, startedAtMs, fields, leftMs, spec, data] = reply;
    const record = new JobRecord(job, fields, { spec, data });
    const ofWorkflow = record.text('workflow') === undefined ? {} : { leftMs };
    return { status, attempt: { job, number, token, startedAtMs, record, ...ofWorkflow } };
  }
  if (reply[1] === 'held')
    return { status: 'unavailable', state: 'held', sync: { action: 'delay', delayMs: heldForMs } };
  const [status, state, ...sync] = reply;
  return { status, state, sync: syncActionOf(sync) };
}
