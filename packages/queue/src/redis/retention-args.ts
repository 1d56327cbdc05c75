import type { Policy } from '@leeway/contract';

/** Events that are kept of one job; the oldest are deleted first. */
export const MAX_EVENTS = 2_000;

/** What every script needs that may write an event of a job: how many it keeps, and for how long after its end. */
export function retentionArgs({ retention }: Policy): [maxEvents: number, outputMs: number] {
  return [MAX_EVENTS, retention.outputMs];
}
