import { z } from 'zod';

/** Value of `timeoutMs` for a job without a timeout. */
export const NO_TIMEOUT = 'none';
/** Limit of one attempt in ms, or none. */
export type Timeout = number | typeof NO_TIMEOUT;

/** Schema of a timeout of at most `mostMs`. */
export function timeoutSchema(mostMs: number) {
  const error = ({ input }: { input?: unknown }) => expectation(input, mostMs);
  const named = z.int({ error, abort: true }).min(1, { error }).max(mostMs, { error });
  return z.union([named, z.enum([NO_TIMEOUT])], { error });
}

const ALTERNATIVES = 'leave it out for a learned deadline; "none" is no timeout, where the tier allows it';

function expectation(given: unknown, mostMs: number): string {
  if (typeof given !== 'number') return `expected whole milliseconds (${ALTERNATIVES})`;
  if (given < 1) return `expected at least 1 ms (${ALTERNATIVES})`;
  return given > mostMs ? `expected at most ${mostMs} ms` : 'expected whole milliseconds';
}
