import { MINUTE_MS } from '@leeway/contract';

/** Age of the last output on a worker from which the next attempt counts as cold: local model servers unload a model after about as long. */
export const COLD_AFTER_MS = 5 * MINUTE_MS;

/** Cold attempts that it takes to learn their first-output window. They are rare; until then the allowance holds. */
export const COLD_MIN_SAMPLES = 5;

/**
 * Allowance for a start where the provider has none of its own: loading a model or a module takes seconds to half a minute.
 * Added to learned windows only; those of the policy are wide enough as they are.
 */
export const START_UP_MS = 30_000;

/** The allowance for a start. `everywhere`: for any window but one that the submission named, else for learned ones only. */
export interface ColdStart {
  allowanceMs: number;
  everywhere: boolean;
}
