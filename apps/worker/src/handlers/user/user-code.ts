import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptId } from '@leeway/contract';

/** The name under which the heartbeat thread finds `current` when this thread is blocked. */
export const WHOSE_CODE = 'leeway.whoseCode';

/**
 * The attempt whose code runs on the main loop at this moment, timers and callbacks included. Tracking it slows down every
 * promise of the process, so it begins with the first job that has lost a worker.
 */
export class UserCode {
  private readonly context = new AsyncLocalStorage<AttemptId>();
  private isTracking = false;

  constructor() {
    Object.assign(globalThis, { [Symbol.for(WHOSE_CODE)]: () => this.current });
  }

  /** Runs code of an attempt. `isSuspect`: its job has lost a worker before. */
  run<T>({ id, isSuspect }: { id: AttemptId; isSuspect: boolean }, code: () => T): T {
    this.isTracking ||= isSuspect;
    return this.isTracking ? this.context.run(id, code) : code();
  }

  /** Null: no attempt's code runs, or it is not tracked. */
  get current(): AttemptId | null {
    return this.context.getStore() ?? null;
  }
}
