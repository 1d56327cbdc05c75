import { MINUTE_MS } from '@leeway/contract';

/** Age of the last output on a worker from which the next attempt counts as cold: local model servers unload a model after about this time. */
export const COLD_AFTER_MS = 5 * MINUTE_MS;

/** Cold attempts needed to learn their first-output window. They are rare; until then the allowance applies. */
export const COLD_MIN_SAMPLES = 5;

/**
 * Allowance for a start where the provider of the job has none: loading a model or a module takes seconds to half a minute.
 * Added to learned windows only; those of the policy are long enough.
 */
export const START_UP_MS = 30_000;

/** `everywhere`: the allowance is added to every window except one of the submission; false: to learned windows only. */
export interface ColdStart {
  allowanceMs: number;
  everywhere: boolean;
}
