import type { HandlerError } from '@leeway/supervision';
import type { LeashedEnd } from '../command/leash-client/leash.js';
import { isolationError } from './isolation-error.js';

/** What V8 prints before it ends a process whose heap is full. */
const HEAP_FULL = 'heap out of memory';
/** Characters of the last line of stderr that a message quotes. */
const QUOTED = 200;

export interface LastSigns {
  /** The end of what it printed there. */
  readonly stderr: string;
  readonly memoryMb: number;
  /** Whether the handler was started in it. */
  readonly arrived: boolean;
}

/** Why a process ended that gave neither result nor error. Another attempt may do better. */
export function whyEnded({ exitCode, signal }: LeashedEnd, { stderr, memoryMb, arrived }: LastSigns): HandlerError {
  const how = signal === null ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signal}`;
  if (stderr.includes(HEAP_FULL))
    return isolationError(
      'out_of_memory',
      `The handler used more than the ${memoryMb} MB of memory that worker.isolatedMemoryMb allows.`,
    );
  if (!arrived)
    return isolationError('process_not_started', `The process of the handler ended ${how}${lastLine(stderr)}`);
  if (signal !== null)
    return isolationError('process_killed', `The process of the handler was ended ${how}${lastLine(stderr)}`);
  return isolationError('process_exited', `The handler ended its process ${how} before it returned${lastLine(stderr)}`);
}

function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '.' : `: ${line.slice(0, QUOTED)}`;
}
