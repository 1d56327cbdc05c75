/** What a policy may know of a job when it is asked. */
export interface BenchJob {
  id: number;
  /** Index of its key. */
  key: number;
  /** Indexes of the levels of its key: the key, each of its prefixes, and everything. Specific to general. */
  levels: readonly number[];
}

/** How an attempt ended: by itself after `durationMs`, or killed after `durationMs`. */
export interface BenchEnd {
  attempt: 1 | 2;
  durationMs: number;
  killed: boolean;
}

/** A deadline policy under test. Times in milliseconds; it sees only what has happened. */
export interface BenchPolicy {
  /** Deadline of a first attempt. */
  first(job: BenchJob, nowMs: number): number;
  /** Deadline of the retry after a kill at `killedMs`. */
  second(job: BenchJob, nowMs: number, killedMs: number): number;
  /** Asked when an attempt reaches its deadline; more than 2 % above it extends the attempt. Absent: it is killed. */
  again?(job: BenchJob, nowMs: number, attempt: { number: 1 | 2; elapsedMs: number; killedMs: number }): number;
  started?(job: BenchJob, nowMs: number): void;
  ended(job: BenchJob, nowMs: number, end: BenchEnd): void;
}

/** What a policy is told before the first job. */
export interface BenchSetting {
  hardCapMs: number;
  /** Name of each level; a level is a prefix of a key, '' is everything. */
  levels: readonly string[];
}

export type MakePolicy = (setting: BenchSetting) => BenchPolicy;
