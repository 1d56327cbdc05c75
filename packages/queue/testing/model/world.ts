import { type ReferenceJob, openNumber } from './reference-job.js';

/** The expected state: the reference jobs, and where BullMQ should have each of them. */
export interface World {
  jobs: WorldJob[];
  /** Every attempt that was ever claimed, closed ones included: their workers may write late. */
  attempts: WorldAttempt[];
}

export interface WorldJob {
  reference: ReferenceJob;
  /** Where BullMQ has it: ready to be handed out, held by a worker, delayed until later, or nowhere. */
  inBull: 'waiting' | 'held' | 'postponed' | 'none';
  /** False: the process that should have changed BullMQ died before it did; the sweep does it. */
  isSynced: boolean;
}

export interface WorldAttempt {
  job: number;
  number: number;
  worker: string;
}

export const WORKERS = ['w1', 'w2', 'w3'] as const;

export function emptyWorld(): World {
  return { jobs: [], attempts: [] };
}

/** BullMQ was brought in step with the job. */
export function markSynced(job: WorldJob): void {
  job.isSynced = true;
  // An open attempt holds it until it ends.
  if (openNumber(job.reference) === 0) job.inBull = job.reference.state === 'queued' ? 'waiting' : 'none';
}

/** The member of a list that a random number selects. */
export function chosen<T>(list: readonly T[], number: number): T | undefined {
  return list[number % Math.max(1, list.length)];
}
