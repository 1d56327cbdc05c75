import type { MakePolicy } from '../policy.js';

/** The same limit for all jobs. */
export function fixed(limitMs: number): MakePolicy {
  return () => ({ first: () => limitMs, second: () => limitMs, ended: () => undefined });
}
