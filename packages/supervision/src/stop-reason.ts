import type { Cause } from '@leeway/contract';

/**
 * Why an attempt is asked to stop; the `reason` of its abort signal. `released`: this worker shuts down and
 * another one takes the job. `lost`: the attempt was given to another worker already, its result counts no more.
 */
export interface StopReason {
  readonly cause: Cause | 'released' | 'lost';
  readonly message: string;
}
