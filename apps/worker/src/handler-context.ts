import { attemptId } from '@leeway/contract';
import type { OpenAttempt } from '@leeway/queue';
import type { Log } from '@leeway/service';
import type { HandlerContext, StopReason } from './handler.js';
import type { Reporter } from './reporter.js';
import type { Supervisor } from './supervise.js';
import type { Waiting } from './waiting.js';

export interface ContextParts {
  opened: OpenAttempt;
  supervisor: Supervisor;
  reporter: Reporter;
  /** The newest value that the handler reported. */
  progress: { value: unknown };
  waiting: Waiting;
  graceMs: number;
  log: Log;
}

/** What one attempt's handler gets: its calls reach the clocks at once and Redis in batches. */
export function handlerContext({
  opened,
  supervisor,
  reporter,
  progress,
  waiting,
  graceMs,
  log: parent,
}: ContextParts): HandlerContext {
  const clocks = supervisor.clockCalls();
  const id = attemptId(opened.job, opened.number);
  const log = parent.child({ attempt: id });
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    log[level]({ event: 'handler', ...fields }, message);
  return {
    signal: supervisor.signal,
    jobId: opened.job,
    attemptId: id,
    attempt: opened.number,
    get graceMs() {
      // Another worker may run the next attempt already: what was taken away ends at once.
      return (supervisor.signal.reason as StopReason | undefined)?.cause === 'lost' ? 0 : graceMs;
    },
    lastCheckpoint: opened.record.json('checkpoint'),
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    deadline: () => opened.startedAtMs + supervisor.deadlineInMs,
    latestDeadline: () => opened.startedAtMs + supervisor.hardCapInMs,
    activity: clocks.activity,
    tool: clocks.tool,
    extend: clocks.extend,
    complete: clocks.complete,
    heard: () => undefined,
    waiting: (waits, reason) => {
      if (waits) return waiting.begin(reason);
      waiting.end();
      return true;
    },
    output: (chunk, stream = 'text') => {
      clocks.output();
      reporter.output(chunk, stream);
    },
    progress: (value) => {
      clocks.activity();
      progress.value = value;
      reporter.add({ type: 'progress', value: { value, elapsedMs: Math.round(supervisor.elapsedMs) } });
    },
    checkpoint: (value) => {
      clocks.activity();
      reporter.add({ type: 'checkpoint', value });
    },
  };
}
