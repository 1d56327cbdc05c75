import type { Leash } from '../command/leash-client/leash.js';
import type { Handler } from '../handler.js';
import { IsolatedRun } from './isolated-run.js';
import type { IsolatedLimits } from './messages.js';

export interface IsolationOptions {
  readonly leash: Leash;
  /** The worker's environment; the handler gets all of it, as it would inside the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Most memory of its JavaScript heap, in MB. */
  readonly memoryMb: number;
  readonly limits: IsolatedLimits;
}

/** Which handler of which module. */
export interface IsolatedKind {
  readonly kind: string;
  /** Absolute path of the module. */
  readonly file: string;
}

/**
 * A user's handler in a process of its own, one for each attempt, under the leash of the commands: whatever it does ends
 * nothing but its attempt, it can be killed for real, paused, and dies with its worker. Throws what the handler threw,
 * or HandlerError `out_of_memory`, `process_exited`, `process_killed`, `process_not_started`, `uncaught_exception`.
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
