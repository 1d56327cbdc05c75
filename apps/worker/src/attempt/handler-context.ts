import type { StopReason, Supervisor } from '@leeway/supervision';
import { attemptId } from '@leeway/contract';
import type { ClaimedAttempt } from '@leeway/queue';
import type { Log } from '@leeway/runtime';
import type { CallBudget } from '../handlers/call-budget.js';
import type { ProgressPublisher } from '../progress/progress-publisher.js';
import type { HandlerContext, HandlerLog } from '../handlers/handler.js';
import type { EventBatcher } from '../progress/event-batcher.js';

export interface ContextParts {
  opened: ClaimedAttempt;
  supervisor: Supervisor;
  reporter: EventBatcher;
  follower: ProgressPublisher;
  callBudget: CallBudget;
  graceMs: number;
  log: Log;
}

/** What one attempt's handler gets: its calls reach the clocks at once and Redis in batches. */
export function handlerContext({
  opened,
  supervisor,
  reporter,
  follower,
  callBudget,
  graceMs,
  log,
}: ContextParts): HandlerContext {
  const clocks = supervisor.clockCalls();
  const id = attemptId(opened.job, opened.number);
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
    log: handlerLog(log.child({ attempt: id })),
    deadline: () => opened.startedAtMs + supervisor.deadlineInMs,
    latestDeadline: () => opened.startedAtMs + supervisor.hardCapInMs,
    activity: clocks.activity,
    extend: clocks.extend,
    callBudget,
    tool: (running) => {
      clocks.tool(running);
      follower.tool(running);
    },
    output: (chunk, stream = 'text') => {
      clocks.output();
      follower.output(chunk, stream);
      reporter.output(chunk, stream);
    },
    progress: (value) => {
      clocks.activity();
      follower.progress(value);
    },
    checkpoint: (value) => {
      clocks.activity();
      reporter.add({ type: 'checkpoint', value });
    },
    waiting: (waits, reason) => {
      if (waits) return follower.waiting.begin(reason);
      follower.waiting.end();
      return true;
    },
    phase: (name) => follower.phase(name),
    streamPart: (part) => follower.streamPart(part),
    complete: () => {
      follower.completed();
      clocks.complete();
    },
    alreadyEnded: clocks.alreadyEnded,
  };
}

function handlerLog(log: Log): HandlerLog {
  const line = (level: keyof HandlerLog) => (fields: object, message: string) =>
    log[level]({ event: 'handler', ...fields }, message);
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
