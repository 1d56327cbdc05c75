import type { Handler } from '../handler.js';
import { IsolatedRun, type IsolatedKind, type IsolationOptions } from './isolated-run.js';

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
