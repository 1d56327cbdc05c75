import type { MakePolicy } from '../policy.js';

/** The same limit for everything, for ever. */
export function fixed(limitMs: number): MakePolicy {
  return () => ({ first: () => limitMs, second: () => limitMs, ended: () => undefined });
}
