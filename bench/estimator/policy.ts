/** The properties of a job that a policy may use. */
export interface BenchJob {
  id: number;
  /** Index of its key. */
  key: number;
  /** Indexes of the levels of its key: the key, each of its prefixes, the whole trace. From specific to general. */
  levels: readonly number[];
}

/** The end of an attempt, by itself or killed. */
export interface BenchEnd {
  attempt: 1 | 2;
  durationMs: number;
  killed: boolean;
}

/** A deadline policy. It learns of each attempt when that has ended. */
export interface BenchPolicy {
  /** Deadline of a first attempt. */
  first(job: BenchJob, nowMs: number): number;
  /** Deadline of the retry after a kill at `killedMs`. */
  second(job: BenchJob, nowMs: number, killedMs: number): number;
  /** A new deadline when an attempt reaches its own: more than 2 % above it extends the attempt. Absent: it is killed. */
  again?(job: BenchJob, nowMs: number, attempt: { number: 1 | 2; elapsedMs: number; killedMs: number }): number;
  started?(job: BenchJob, nowMs: number): void;
  ended(job: BenchJob, nowMs: number, end: BenchEnd): void;
}

/** The parameters of a policy. */
export interface BenchSetting {
  hardCapMs: number;
  /** Name of each level: a prefix of a key; '' is the whole trace. */
  levels: readonly string[];
}

export type MakePolicy = (setting: BenchSetting) => BenchPolicy;
