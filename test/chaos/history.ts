import type { Job, JobEventType } from '@leeway/contract';
import type { JournalEntry } from './journal.js';
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

/** Everything known of one job at the end of the attack. */
export interface JobHistory {
  id: string;
  /** Null: there is no record of it, although it was accepted. */
  job: Job | null;
  client: ClientView | null;
  events: readonly StoredEvent[];
  journal: readonly JournalEntry[];
  /** Processes that carried the marker of one of its attempts. */
  sightings: readonly Sighting[];
  /** Its state in BullMQ; `unknown`: there is no such job. */
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

/** What is left in Redis at the end; it should be nothing. */
export interface Leftovers {
  /** Members of keys that must be empty by then, as `key: member`. */
  entries: readonly string[];
  /** Members of the indexes by state that disagree with the record. */
  misindexed: readonly string[];
}

/** What was learned of a class. */
export interface ClassHistory {
  name: string;
  counters: Record<string, number>;
  /** Durations in the history of the class itself. */
  durations: number;
}

/** The whole history of one attack, for the checks. Times are epoch ms. */
export interface ChaosHistory {
  startedAt: number;
  /** When the last attack was over and everything ran again. */
  calmAt: number;
  jobs: readonly JobHistory[];
  /** The ids of the jobs that were made for each idempotency key. */
  keys: ReadonlyMap<string, readonly string[]>;
  attacks: readonly AttackRecord[];
  workers: readonly WorkerSpan[];
  /** When the machine itself was stalled. */
  stalls: readonly { from: number; to: number }[];
  classes: readonly ClassHistory[];
  leftovers: Leftovers;
}

/** A broken promise. `job` null: it concerns no single job. */
export interface Violation {
  check: string;
  job: string | null;
  what: string;
  /** Epoch ms around which it happened, where that is known. */
  at?: number;
}

export type Check = (history: ChaosHistory) => Violation[];
