import type { Policy } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import type { CachedValue, Clock } from '@leeway/runtime';
import type { Overview } from '../data/overview.js';

/** Dependencies of the routes. */
export interface RouteSources {
  queue: JobQueue;
  overview: CachedValue<Overview>;
  policy: Policy;
  clock: Clock;
  /** Address of the API, shown in the example of a first job. */
  apiUrl: string;
}
