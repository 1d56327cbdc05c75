import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import { quoteLastLine } from '../command/last-line.js';
import type { LeashedEnd } from '../command/leash-client/leash.js';
import type { FailureMessage, FromChild } from './messages.js';

/** The result or error that an isolated handler has sent. */
export type Outcome = Extract<FromChild, { type: 'result' | 'failure' }>;

/** Returns the result, or throws the error. */
export function resultOf(outcome: Outcome): unknown {
  if (outcome.type === 'result') return outcome.value;
  const { code, message, cause, retry, retryAfterMs } = outcome;
  if (!retry) throw new DoNotRetryError(message, { code, cause });
  throw new HandlerError(code, message, { cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

/** Longest error message, in characters. */
const MAX_MESSAGE_CHARS = 2_000;

export function failureMessage(error: HandlerError, retry: boolean): FailureMessage {
  const { code, cause, retryAfterMs } = error;
  const message = error.message.slice(0, MAX_MESSAGE_CHARS);
  return { type: 'failure', code, message, cause, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Failures of the process itself, as codes of the job's error; docs/handlers.md explains them. */
export const ISOLATION_CODES = [
  'process_exited',
  'process_killed',
  'out_of_memory',
  'uncaught_exception',
  'process_not_started',
  'process_misbehaved',
] as const;
export type IsolationCode = (typeof ISOLATION_CODES)[number];

/** Another attempt may succeed. */
export function isolationError(code: IsolationCode, message: string): HandlerError {
  return new HandlerError(code, message);
}

/** Printed by V8 before it ends a process whose heap is full. */
const HEAP_FULL = 'heap out of memory';

export interface ProcessTraces {
  /** The end of what it printed there. */
  readonly stderr: string;
  readonly memoryMb: number;
  /** It had connected to the worker, so the handler was started. */
  readonly connected: boolean;
}

/** The error for a process that ended without an outcome. */
export function endedWithoutOutcome(
  { exitCode, signal }: LeashedEnd,
  { stderr, memoryMb, connected }: ProcessTraces,
): HandlerError {
  const how = signal === null ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signal}`;
  if (stderr.includes(HEAP_FULL))
    return isolationError(
      'out_of_memory',
      `The handler used more than the ${memoryMb} MB of memory that worker.isolatedMemoryMb allows.`,
    );
  if (!connected)
    return isolationError('process_not_started', `The process of the handler ended ${how}${quoteLastLine(stderr)}`);
  if (signal !== null)
    return isolationError('process_killed', `The process of the handler was ended ${how}${quoteLastLine(stderr)}`);
  return isolationError(
    'process_exited',
    `The handler ended its process ${how} before it returned${quoteLastLine(stderr)}`,
  );
}
