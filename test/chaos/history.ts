import type { Job, JobEventType } from '@leeway/contract';
import type { Fact } from './facts.js';
import type { ClientView } from './load.js';
import type { AttackRecord } from './nemesis.js';
import type { Sighting } from './process-watch.js';

/** One entry of a job's stream of events. `at`: epoch ms of Redis, which runs on this machine. */
export interface StoredEvent {
  type: JobEventType;
  attempt: number;
  at: number;
  data: unknown;
}

/** Everything known of one job at the end. */
export interface JobHistory {
  id: string;
  /** Null: the record says nothing of it, although it was accepted. */
  job: Job | null;
  client: ClientView | null;
  events: readonly StoredEvent[];
  facts: readonly Fact[];
  /** Processes that carried the marker of one of its attempts. */
  sightings: readonly Sighting[];
  /** BullMQ's word for it; `unknown`: it knows no such job. */
  bull: string;
}

/** The life of one worker process. */
export interface WorkerSpan {
  pid: number;
  from: number;
  to: number;
  /** What it printed: JSON, with the UTC time as `time`. */
  lines: readonly string[];
}

/** What is left in Redis when all is over, and should be nothing. */
export interface Leftovers {
  /** Members of keys that must be empty by then, as `key: member`. */
  entries: readonly string[];
  /** Members of the indexes by state that do not agree with the record. */
  misfiled: readonly string[];
}

/** What was learned, by class name. */
export interface ClassMemory {
  name: string;
  counters: Record<string, number>;
  /** Samples of the total time in the ring of the class itself. */
  totals: number;
}

/** The whole history of one attack, for the checks. Times are epoch ms. */
export interface ChaosHistory {
  startedAt: number;
  /** When the last attack was over and everything was up again. */
  calmAt: number;
  jobs: readonly JobHistory[];
  /** Keys for which no submission was ever answered, with the ids that have them nevertheless. */
  keys: ReadonlyMap<string, readonly string[]>;
  attacks: readonly AttackRecord[];
  workers: readonly WorkerSpan[];
  stalls: readonly { from: number; to: number }[];
  classes: readonly ClassMemory[];
  leftovers: Leftovers;
}

/** A promise that was broken. `job` null: it is about no single job. */
export interface Violation {
  check: string;
  job: string | null;
  what: string;
  /** Epoch ms around which it happened, where that can be said. */
  at?: number;
}

export type Check = (history: ChaosHistory) => Violation[];
