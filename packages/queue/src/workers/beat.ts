import type { AttemptId, JobId, Policy } from '@leeway/contract';
import type { RunScript } from '../redis/scripts.js';
import { standstillMs } from './standstill.js';

/** The description of a worker is deleted after so many times the silence that makes it lost. */
const PRESENCE_WINDOWS = 100;

/** What the record wants of a running attempt; it holds until it changes. */
export interface DesiredState {
  /** Reason of a cancel. */
  cancel?: string;
  /** True: its process should be stopped. */
  pause?: boolean;
  /** Limits that were changed while it ran, as the submission names them. */
  limits?: Record<string, unknown>;
}

/** What a heartbeat returns for one attempt. `lost`: it is not the open one any more. */
export type Signal = { kind: 'lost' } | { kind: 'desired'; desired: DesiredState };

/** A claim whose reply the main loop may not have read yet. */
export interface PendingClaim {
  job: JobId;
  token: string;
}

export interface BeatReply {
  signals: Map<AttemptId, Signal>;
  /** The attempt that each pending claim has opened; null: none is open. */
  claimed: (AttemptId | null)[];
}

/** A heartbeat: renews the leases of attempts and pending claims in one call, from the heartbeat thread's own connection. */
export async function beat(
  run: RunScript,
  self: { worker: string; info: string; supervision: Policy['supervision'] },
  attempts: readonly AttemptId[],
  claims: readonly PendingClaim[] = [],
): Promise<BeatReply> {
  const [, claimed, ...signals] = (await run(
    'beat',
    self.worker,
    self.info,
    self.supervision.lostAfterMs * PRESENCE_WINDOWS,
    standstillMs(self.supervision),
    claims.length,
    ...claims.flatMap(({ job, token }) => [job, token]),
    ...attempts,
  )) as [number, (AttemptId | '')[], ...string[]];
  return {
    signals: new Map(attempts.map((id, i) => [id, signalOf(signals[i] as string)])),
    claimed: claimed.map((id) => (id === '' ? null : id)),
  };
}

function signalOf(text: string): Signal {
  if (text === 'lost') return { kind: 'lost' };
  return { kind: 'desired', desired: text === '' ? {} : (JSON.parse(text) as DesiredState) };
}
