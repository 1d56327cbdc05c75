import type { AttemptId, JobId, Policy } from '@leeway/contract';
import { awayAfterMs } from '../recovery/standstill.js';
import type { RunScript } from '../redis/scripts.js';

/** The presence of a worker is forgotten after so many windows without a beat. */
const PRESENCE_WINDOWS = 100;

/** What the record asks of a running attempt; it holds until it changes. */
export interface DesiredState {
  /** Reason of a cancel. */
  cancel?: string;
  /** True: its process should stand still. */
  pause?: boolean;
  /** Limits that were changed while it ran, as the submission names them. */
  limits?: Record<string, unknown>;
}

/** What the heartbeat of a worker learns about one attempt. */
export type Signal = { kind: 'lost' } | { kind: 'desired'; desired: DesiredState };

/** A claim whose reply the main loop has not read yet. */
export interface PendingClaim {
  job: JobId;
  token: string;
}

export interface BeatReply {
  signals: Map<AttemptId, Signal>;
  /** The attempt that each claim has opened; null: none is open. */
  claimed: (AttemptId | null)[];
}

/**
 * Vouches for attempts, and for those that are being opened, in one call, from the heartbeat thread's own connection.
 * Tells of every attempt.
 */
export async function beat(
  run: RunScript,
  self: { worker: string; info: string; supervision: Policy['supervision'] },
  attempts: readonly AttemptId[],
  claims: readonly PendingClaim[] = [],
): Promise<BeatReply> {
  const [, claimed, ...words] = (await run(
    'beat',
    self.worker,
    self.info,
    self.supervision.lostAfterMs * PRESENCE_WINDOWS,
    awayAfterMs(self.supervision),
    claims.length,
    ...claims.flatMap(({ job, token }) => [job, token]),
    ...attempts,
  )) as [number, (AttemptId | '')[], ...string[]];
  return {
    signals: new Map(attempts.map((id, i) => [id, signalOf(words[i] as string)])),
    claimed: claimed.map((id) => (id === '' ? null : id)),
  };
}

function signalOf(word: string): Signal {
  if (word === 'lost') return { kind: 'lost' };
  return { kind: 'desired', desired: word === '' ? {} : (JSON.parse(word) as DesiredState) };
}

/** Why a worker dies, and what that means for the attempts it leaves behind. */
export interface DeathNote {
  why: string;
  /** Their loss counts. */
  suspects: readonly AttemptId[];
  /** They had no part in it, so their loss does not count. */
  cleared: readonly AttemptId[];
}

/** Leaves a word for whoever hands on the attempts of a worker that is about to die. Attempts that have ended are passed over. */
export async function explainDeath(run: RunScript, { why, suspects, cleared }: DeathNote): Promise<void> {
  await run('record-death-cause', why, ...suspects.flatMap((id) => [id, 1]), ...cleared.flatMap((id) => [id, 0]));
}
