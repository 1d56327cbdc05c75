import type { AttemptId } from '@leeway/contract';
import type { RunScript } from '../redis/scripts.js';

/** Why a worker dies, and what that means for the attempts it leaves. */
export interface DeathCause {
  why: string;
  /** Their loss counts. */
  suspects: readonly AttemptId[];
  /** They had no part in it: their loss does not count. */
  cleared: readonly AttemptId[];
}

/** Stored for the watchdog that will requeue the attempts of a worker about to die. Attempts that have ended are skipped. */
export async function recordDeathCause(run: RunScript, { why, suspects, cleared }: DeathCause): Promise<void> {
  await run('record-death-cause', why, ...suspects.flatMap((id) => [id, 1]), ...cleared.flatMap((id) => [id, 0]));
}
