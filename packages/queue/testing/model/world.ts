import { type ReferenceJob, openNumber } from './reference-job.js';

/** What should be so: the reference jobs, and where BullMQ should have each of them. */
export interface World {
  jobs: WorldJob[];
  /** Every attempt that was ever opened, also those that are closed: a late writer comes back. */
  attempts: WorldAttempt[];
}

export interface WorldJob {
  reference: ReferenceJob;
  /** Where BullMQ has it: it would hand it out, a worker holds it, it will look again later, or there is nothing to hand out. */
  inBull: 'waiting' | 'held' | 'postponed' | 'none';
  /** False: the process that should have told BullMQ died before; the sweep does it. */
  isTold: boolean;
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

/** BullMQ has been told what became of the job. */
export function told(job: WorldJob): void {
  job.isTold = true;
  // An open attempt holds it until it ends.
  if (openNumber(job.reference) === 0) job.inBull = job.reference.state === 'queued' ? 'waiting' : 'none';
}

/** The one of a list that a number stands for. */
export function chosen<T>(list: readonly T[], number: number): T | undefined {
  return list[number % Math.max(1, list.length)];
}
