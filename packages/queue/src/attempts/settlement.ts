import { RING_LENGTH, type Cause, type FinalState, type JobError, type Outcome, type Policy } from '@leeway/contract';
import { retentionArgs } from '../redis/retention-args.js';
import { keyPart } from '../redis/keys.js';

/** How an attempt ended and what comes next for its job. */
export interface Settlement {
  outcome: Outcome;
  cause: Cause | null;
  durationMs: number;
  next:
    | { step: 'final'; state: FinalState }
    | { step: 'retry'; delayMs: number }
    | { step: 'requeue' }
    /** Its provider takes no calls: it waits in its queue. `counts`: towards the deferrals that are allowed. */
    | { step: 'deferred'; counts: boolean };
  /** JSON text, so that it is encoded once. */
  result?: string;
  error?: JobError;
  partial: boolean;
  savedMs?: number;
  rings: readonly { key: string; sample: string }[];
  /** The class that ran, and what to count for it. */
  className: string;
  counters: Partial<Record<string, number>>;
}

/** The settlement argument of settle.lua. */
export function encodeSettlement(s: Settlement, policy: Policy, maxRings: number): string {
  const [maxEvents, outputMs] = retentionArgs(policy);
  return JSON.stringify({
    outcome: s.outcome,
    cause: s.cause ?? '',
    durationMs: Math.round(s.durationMs),
    ...encodeNext(s.next),
    error: s.error === undefined ? undefined : JSON.stringify(s.error),
    partial: s.partial,
    savedMs: s.savedMs === undefined ? undefined : Math.round(s.savedMs),
    rings: s.rings.map(({ key, sample }) => [key, sample]),
    class: { name: s.className, key: keyPart(s.className) },
    counters: Object.fromEntries(Object.entries(s.counters).filter(([, by]) => by !== 0)),
    keep: {
      maxEvents,
      outputMs,
      ringLength: RING_LENGTH,
      ringTtlMs: policy.estimator.historyTtlMs,
      maxRings,
    },
  });
}

function encodeNext(next: Settlement['next']): object {
  switch (next.step) {
    case 'final':
      return { next: 'final', state: next.state };
    case 'retry':
      return { next: 'retry', delayMs: Math.round(next.delayMs) };
    case 'deferred':
      return { next: 'deferred', counts: next.counts };
    case 'requeue':
      return { next: 'requeue' };
  }
}
