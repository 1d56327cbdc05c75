import type {
  Cause,
  Decision,
  Job,
  JobEvent,
  JobId,
  JobList,
  JobState,
  ProviderState,
  Submission,
  Timeout,
  WorkerInfo,
} from '@leeway/contract';

/** Limits that can be changed after submission; absent ones stay. Checked by the contract before. */
export interface LimitChanges {
  timeoutMs?: Timeout;
  queueMs?: number;
  firstOutputMs?: number;
  idleMs?: number;
  toolMs?: number;
  overallMs?: number;
  /** ISO 8601. */
  completeBy?: string;
}

/** Whose job it is: the tenant and tier of the API key, never of the body. */
export interface Principal {
  tenant: string;
  tier: string;
}

/** A submission that passed the schema, with what the estimator said of it. */
export interface NewJob {
  submission: Submission;
  principal: Principal;
  /** Most specific class name and its levels, as the estimator names them. */
  class: string;
  quote: Decision;
  /** BullMQ queue that hands it out. */
  queue: string;
  /** Of a workflow. */
  workflow?: { totalMs: number; steps: readonly NewStep[] };
  idempotency?: { key: string; bodyHash: string };
}

/** One step, as a job that is not submitted yet, and its place in the workflow. */
export interface NewStep {
  submission: Submission;
  class: string;
  quote: Decision;
  queue: string;
  plan: PlannedStep;
}

/** A step in the plan of a workflow, with its part of the time as the estimator split it. */
export interface PlannedStep {
  name: string;
  kind: string;
  class: string;
  /** Positions of the steps it needs, from 1. */
  needs: number[];
  critical: boolean;
  onFailure: 'fail' | 'continue';
  share: number;
  ofRest: number;
  behind: number;
}

export interface Submitted {
  job: Job;
  /** True: the Idempotency-Key was known and this is the job of then. */
  replayed: boolean;
}

export interface ListFilter {
  /** Null: every tenant. */
  tenant: string | null;
  state?: JobState;
  cause?: Cause;
  kind?: string;
  label?: string;
  /** 1 to 200. */
  limit: number;
  /** From `next` of the page before. */
  cursor?: string;
}

export interface OutputChunk {
  attempt: number;
  stream: 'stdout' | 'stderr' | 'text';
  text: string;
  at: string;
}

export interface StoredOutput {
  chunks: OutputChunk[];
  /** True: some output was not stored, for its size. */
  truncated: boolean;
}

/** Counters of a class as they are stored; figures from its rings are the estimator's business. */
export interface ClassRecord {
  tenant: string;
  class: string;
  lastAt: string | null;
  running: number;
  counters: Record<string, number>;
}

/** Since this Redis was first used. */
export interface Tally {
  /** Attempts that were given to another worker, since theirs was lost. */
  requeued: number;
  /** Writes that came after their attempt had been handed on or had ended, by what they were; none of them changed anything. */
  refused: Record<RefusedWrite, number>;
  /** Deliveries to webhooks; `failedTries` are single tries, some of which were followed by better ones. */
  webhooks: { waiting: number; delivered: number; failedTries: number; givenUp: number };
}

/** What a late writer may still have to say. */
export const REFUSED_WRITES = ['result', 'report', 'heartbeat', 'decision', 'pause'] as const;
export type RefusedWrite = (typeof REFUSED_WRITES)[number];

/**
 * What the API and the dashboard do with jobs. Every method ends within `supervision.clientWaitMs`, but for the
 * waits it is asked for, and throws LeewayError `store_unavailable` when Redis is away.
 */
export interface JobVerbs {
  /** Throws `queue_full`, `idempotency_conflict`, `store_unavailable`, or `outcome_unknown` where the write may have happened. */
  submit(job: NewJob): Promise<Submitted>;
  get(id: JobId): Promise<Job | undefined>;
  list(filter: ListFilter): Promise<JobList>;
  /** Marks the job as cancelled, or tells its worker; does not wait for the worker. */
  cancel(id: JobId, reason: string): Promise<'cancelled' | 'requested' | 'already' | 'too_late' | 'unknown'>;
  /** Parks a waiting job, or tells the worker of a running one to stop its processes where they stand, where its kind allows that; does not wait for the worker. */
  pause(id: JobId): Promise<'paused' | 'requested' | 'already' | 'not_possible' | 'too_late' | 'unknown'>;
  resume(id: JobId): Promise<'resumed' | 'requested' | 'already' | 'too_late' | 'unknown'>;
  /** Gives a failed or cancelled job new attempts (the policy's default if not said) and a new overall; completeBy stays. */
  retry(id: JobId, attempts?: number): Promise<'retried' | 'already' | 'not_possible' | 'too_late' | 'unknown'>;
  /** Changes limits of a waiting or running job; does not wait for the worker. */
  changeLimits(
    id: JobId,
    limits: LimitChanges,
    overallBoundMs?: number,
  ): Promise<'changed' | 'requested' | 'too_late' | 'unknown'>;
  /** Resolves when `until` holds of the job, or with its state after `waitMs`. Looked at whenever something happens to it. Undefined: no such job. */
  waitFor(
    id: JobId,
    options: { until: (job: Job) => boolean; waitMs: number; signal?: AbortSignal },
  ): Promise<Job | undefined>;
  /** Resolves when the job is final, or with its state after `waitMs`. Undefined: no such job. */
  waitUntilFinal(id: JobId, waitMs: number, signal?: AbortSignal): Promise<Job | undefined>;
  /** Stored events after `afterId`, then new ones, until the job is final or the signal fires. */
  events(id: JobId, options: { afterId?: string; signal: AbortSignal }): AsyncIterable<JobEvent>;
  output(id: JobId, options: { attempt?: number; tailBytes?: number }): Promise<StoredOutput>;
  workers(): Promise<WorkerInfo[]>;
  /** Kinds that a worker has registered, now or in the last days, with the built-in ones. */
  kinds(): Promise<string[]>;
  classes(tenant: string | null): Promise<ClassRecord[]>;
  /** How the providers of the policy stand, in its order. */
  providers(): Promise<ProviderState[]>;
  /** Lets the jobs of a provider go on at once, whatever it had said. Throws `outcome_unknown` when Redis goes away. */
  resumeProvider(name: string): Promise<'resumed' | 'already'>;
  counts(): Promise<Record<JobState, number>>;
  tally(): Promise<Tally>;
}

/** An attempt that runs: when it began, by the clock of Redis, and where. */
export interface RunningSince {
  sinceMs: number;
  worker: string;
}

/** Rings of encoded samples, newest first; keys and samples are the estimator's words. */
export interface RingSnapshot {
  samples: string[];
}

/** One ring with its name. */
export interface StoredRing extends RingSnapshot {
  key: string;
}

export interface ClassToForget {
  tenant: string;
  className: string;
  /** The rings that belong to this class alone. */
  rings: readonly string[];
}

/** Takes history out and puts it in. Every method throws LeewayError `store_unavailable` when Redis is away. */
export interface HistoryKeeper {
  /** All rings of a tenant, as their keys name it, in the order of their keys. */
  rings(scope: string): AsyncIterable<StoredRing>;
  /**
   * Adds samples to rings, behind those that were measured here, as far as there is room; what a ring holds already is
   * not added again. Returns how many were added. Throws `outcome_unknown` when Redis goes away; doing it again is safe.
   */
  add(rings: readonly StoredRing[]): Promise<number>;
  /** How many rings are kept, of all tenants together. */
  countRings(): Promise<number>;
  /** Forgets rings and counters. Returns how many rings there were, and whether it had counters. */
  forgetClass(forget: ClassToForget): Promise<{ rings: number; counters: boolean }>;
}

export interface HistoryReader {
  /** Throws when Redis does not answer within `timeoutMs`. */
  read(keys: readonly string[], timeoutMs: number): Promise<Map<string, RingSnapshot>>;
  /** Start times (epoch ms of Redis) of the attempts of a class that run now. */
  runningSince(tenant: string, className: string, timeoutMs: number): Promise<RunningSince[]>;
}
