import type { Policy } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import type { CachedValue, Clock } from '@leeway/runtime';
import type { Overview } from '../data/overview.js';

/** What the routes read from. */
export interface RouteSources {
  queue: JobQueue;
  overview: CachedValue<Overview>;
  policy: Policy;
  clock: Clock;
  /** Where jobs are submitted, for the first steps of a newcomer. */
  apiUrl: string;
}
