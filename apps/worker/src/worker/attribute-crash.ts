import type { AttemptId } from '@leeway/contract';

export interface DyingWorker {
  /** All its open attempts. */
  open: readonly AttemptId[];
  /** The open attempts whose code runs on the main loop: handlers that are not isolated. */
  inProcess: ReadonlySet<AttemptId>;
  /** Handlers that ignored their abort and may still run on the main loop. */
  abandoned: number;
  /** The attempt whose code did it, where that is known; it may have ended. */
  culprit: AttemptId | null;
}

/**
 * The attempts whose loss counts when a worker dies of its main loop. Commands, chats and isolated handlers run elsewhere and
 * cannot block or crash it, so they are cleared; unless no other attempt is open: then the worker itself may be at fault and
 * one of them may provoke it, and a job that kills its workers has to end. Pure.
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
