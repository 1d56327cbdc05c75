import type { Policy } from '@leeway/contract';

/** What every script needs that may write an event of a job: how many it keeps, and for how long after its end. */
export function retentionArgs({ retention }: Policy): [maxEvents: number, outputMs: number] {
  return [retention.maxEvents, retention.outputMs];
}
