import type { Log } from '@leeway/runtime';
import type { StopReason, Supervisor } from '@leeway/supervision';
import type { CallBudget } from '../handlers/call-budget.js';
import type { HandlerContext, HandlerLog } from '../handlers/handler.js';
import type { EventBatcher } from '../progress/event-batcher.js';
import type { ProgressPublisher } from '../progress/progress-publisher.js';
import type { Claim } from './attempt.js';

export interface HandlerContextOptions {
  claim: Pick<Claim, 'id' | 'job' | 'number' | 'startedAtMs' | 'record'>;
  supervisor: Supervisor;
  events: EventBatcher;
  progress: ProgressPublisher;
  callBudget: CallBudget;
  graceMs: number;
  log: Log;
}

/** The context of one attempt's handler: its calls reach the clocks at once, and Redis in batches. */
export function handlerContext(options: HandlerContextOptions): HandlerContext {
  const { claim, supervisor, events, progress, callBudget, graceMs, log } = options;
  const clocks = supervisor.clockCalls();
  // Created when it is used: most handlers log nothing.
  let handlerLog: HandlerLog | undefined;
  return {
    signal: supervisor.signal,
    jobId: claim.job,
    attemptId: claim.id,
    attempt: claim.number,
    get graceMs() {
      // The next attempt may run on another worker already.
      return (supervisor.signal.reason as StopReason | undefined)?.cause === 'lost' ? 0 : graceMs;
    },
    lastCheckpoint: claim.record.json('checkpoint'),
    get log() {
      handlerLog ??= createHandlerLog(log.child({ attempt: claim.id }));
      return handlerLog;
    },
    deadline: () => claim.startedAtMs + supervisor.deadlineInMs,
    latestDeadline: () => claim.startedAtMs + supervisor.hardCapInMs,
    activity: clocks.activity,
    extend: clocks.extend,
    callBudget,
    tool: (running) => {
      clocks.tool(running);
      progress.tool(running);
    },
    output: (chunk, stream = 'text') => {
      clocks.output();
      progress.output(chunk, stream);
      events.output(chunk, stream);
    },
    progress: (value) => {
      clocks.activity();
      progress.progress(value);
    },
    checkpoint: (value) => {
      clocks.activity();
      events.add({ type: 'checkpoint', value });
    },
    waiting: (waits, reason) => {
      if (waits) return progress.approval.begin(reason);
      progress.approval.end();
      return true;
    },
    phase: (name) => progress.phase(name),
    streamPart: (part) => progress.streamPart(part),
    complete: () => {
      progress.completed();
      clocks.complete();
    },
    alreadyEnded: clocks.alreadyEnded,
  };
}

function createHandlerLog(log: Log): HandlerLog {
  const line = (level: keyof HandlerLog) => (fields: object, message: string) =>
    log[level]({ event: 'handler', ...fields }, message);
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
