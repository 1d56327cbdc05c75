import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptId } from '@leeway/contract';

/** Where the heartbeat thread finds it from outside, when this thread stands still. */
export const WHOSE_CODE = 'leeway.whoseCode';

/**
 * Knows whose code runs on the main loop right now, timers and callbacks included. Knowing it costs every promise of the
 * process some time, so it begins with the first job that has lost a worker before.
 */
export class UserCode {
  private readonly context = new AsyncLocalStorage<AttemptId>();
  private isTracking = false;

  constructor() {
    Object.assign(globalThis, { [Symbol.for(WHOSE_CODE)]: () => this.current });
  }

  /** Runs code of an attempt; `isSuspect`: its job has lost a worker before. */
  run<T>({ id, isSuspect }: { id: AttemptId; isSuspect: boolean }, code: () => T): T {
    this.isTracking ||= isSuspect;
    return this.isTracking ? this.context.run(id, code) : code();
  }

  /** The attempt whose code runs; null: nobody's, or it is not known. */
  get current(): AttemptId | null {
    return this.context.getStore() ?? null;
  }
}
