import type { AttemptId } from '@leeway/contract';
import type { RunScript } from './scripts.js';

/** What the record asks of a running attempt; it holds until it changes. */
export interface Wishes {
  /** Reason of a cancel. */
  cancel?: string;
  /** True: its process should stand still. */
  pause?: boolean;
  /** Limits that were changed while it ran, as the submission names them. */
  limits?: Record<string, unknown>;
}

/** What the heartbeat of a worker learns about one attempt. */
export type Signal = { kind: 'lost' } | { kind: 'wishes'; wishes: Wishes };

/** Vouches for attempts, in one call, from the heartbeat thread's own connection. Tells of every attempt. */
export async function beat(
  run: RunScript,
  self: { worker: string; info: string; ttlMs: number },
  attempts: readonly AttemptId[],
): Promise<Map<AttemptId, Signal>> {
  const reply = (await run('beat', self.worker, self.info, self.ttlMs, ...attempts)) as [number, ...string[]];
  return new Map(
    attempts.map((id, i) => {
      const word = reply[i + 1] as string;
      return [
        id,
        word === 'lost'
          ? { kind: 'lost' }
          : { kind: 'wishes', wishes: word === '' ? {} : (JSON.parse(word) as Wishes) },
      ];
    }),
  );
}

/** Why a worker dies, and what that means for the attempts it leaves behind. */
export interface DeathNote {
  why: string;
  /** Their loss counts. */
  toBlame: readonly AttemptId[];
  /** They had no part in it, so their loss does not count. */
  excused: readonly AttemptId[];
}

/** Leaves a word for whoever hands on the attempts of a worker that is about to die. Attempts that have ended are passed over. */
export async function explainDeath(run: RunScript, { why, toBlame, excused }: DeathNote): Promise<void> {
  await run('explain', why, ...toBlame.flatMap((id) => [id, 1]), ...excused.flatMap((id) => [id, 0]));
}
