import type { AttemptId } from '@leeway/contract';

export interface DyingWorker {
  /** Every attempt that is open in it. */
  open: readonly AttemptId[];
  /** Those of them whose code runs on the main loop: handlers that are not isolated. */
  inProcess: ReadonlySet<AttemptId>;
  /** Handlers that ignored their abort and may still run on the main loop. */
  abandoned: number;
  /** Whose code did it, where that is known; its attempt may have ended. */
  culprit: AttemptId | null;
}

/**
 * Which attempts have to answer for a worker that dies of what its main loop does. Commands, chats and isolated handlers
 * run elsewhere and cannot hold or break it, so they go free, unless nobody else is there: then the fault may be the
 * worker's own and one of them may provoke it, and a job that kills its workers has to end. Pure.
 */
export function attributeCrash({ open, inProcess, abandoned, culprit }: DyingWorker): {
  suspects: AttemptId[];
  cleared: AttemptId[];
} {
  const isSuspect = suspects();
  return { suspects: open.filter(isSuspect), cleared: open.filter((id) => !isSuspect(id)) };

  function suspects(): (id: AttemptId) => boolean {
    if (culprit !== null) return (id) => id === culprit;
    if (abandoned > 0 || open.some((id) => inProcess.has(id))) return (id) => inProcess.has(id);
    return () => true;
  }
}
