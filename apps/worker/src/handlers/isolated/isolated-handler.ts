import type { Leash } from '../command/leash-client/leash.js';
import type { Handler } from '../handler.js';
import { IsolatedRun } from './isolated-run.js';
import type { IsolatedLimits } from './messages.js';

export interface IsolationOptions {
  readonly leash: Leash;
  /** The worker's environment; the handler gets all of it, as it would inside the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Limit of its JavaScript heap, in MB. */
  readonly memoryMb: number;
  readonly limits: IsolatedLimits;
}

/** A handler of a module. */
export interface IsolatedKind {
  readonly kind: string;
  /** Absolute path of the module. */
  readonly file: string;
}

/**
 * A user's handler in a child process for each attempt, under the leash of the commands: a crash ends only its attempt, and it
 * can be killed, can be paused, and dies with its worker. Throws the handler's error, or HandlerError with one of
 * ISOLATION_CODES.
 */
export function createIsolatedHandler(which: IsolatedKind, options: IsolationOptions): Handler {
  const { leash } = options;
  return {
    kind: which.kind,
    leashed: true,
    run: (input, context) => new IsolatedRun(which, { ...options, input, context }).run(),
    pause: (attemptId) => leash.pause(attemptId),
    resume: (attemptId) => leash.resume(attemptId),
  };
}
