/** One call of the context by a handler. */
export interface RecordedCall {
  readonly call:
    | 'output'
    | 'activity'
    | 'progress'
    | 'extend'
    | 'tool'
    | 'checkpoint'
    | 'log'
    | 'waiting'
    | 'phase'
    | 'streamPart'
    | 'complete';
  readonly value: unknown;
  /** Milliseconds of `performance.now()`. */
  readonly atMs: number;
}

export interface RecordingOptions {
  attempt?: number;
  lastCheckpoint?: unknown;
  /** Milliseconds from now. Default: one minute. */
  deadlineInMs?: number;
}

const MINUTE_MS = 60_000;

/** A handler's context without a worker: records every call and can be aborted. */
export function recordingContext({ attempt = 1, lastCheckpoint, deadlineInMs = MINUTE_MS }: RecordingOptions = {}) {
  const calls: RecordedCall[] = [];
  const aborting = new AbortController();
  // With a type: the inferred one cannot be written into a declaration file.
  const signal: AbortSignal = aborting.signal;
  let deadline = Date.now() + deadlineInMs;
  const note = (call: RecordedCall['call'], value?: unknown) =>
    void calls.push({ call, value, atMs: performance.now() });
  const line = (fields: object, message: string) => note('log', { ...fields, message });
  const values = (call: RecordedCall['call']) =>
    calls.filter((entry) => entry.call === call).map((entry) => entry.value);
  const context = {
    signal,
    jobId: 'job-for-tests',
    attemptId: `job-for-tests.${attempt}`,
    attempt,
    graceMs: 1_000,
    lastCheckpoint,
    log: { debug: line, info: line, warn: line, error: line },
    deadline: () => deadline,
    latestDeadline: () => Number.MAX_SAFE_INTEGER,
    activity: () => note('activity'),
    output: (chunk: Uint8Array | string) =>
      note('output', typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()),
    progress: (value: unknown) => note('progress', value),
    extend(ms: number) {
      note('extend', ms);
      deadline += ms;
      return true;
    },
    tool: (running: boolean) => note('tool', running),
    checkpoint: (value: unknown) => note('checkpoint', value),
    waiting(waits: boolean, reason?: string) {
      note('waiting', { waits, reason });
      return true;
    },
    phase(name?: string) {
      note('phase', name);
      return true;
    },
    streamPart: (part: object) => note('streamPart', part),
    complete: () => note('complete', undefined),
  };
  return {
    context,
    calls,
    values,
    /** All output, joined. */
    output: () => values('output').join(''),
    abort: (cause = 'cancelled') => aborting.abort({ cause, message: 'stopped by a test' }),
  };
}
