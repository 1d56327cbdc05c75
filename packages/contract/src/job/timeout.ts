import { z } from 'zod';

/** How a submission asks for no timeout at all. */
export const NO_TIMEOUT = 'none';
/** Limit of one attempt in ms, or none. */
export type Timeout = number | typeof NO_TIMEOUT;

/** The schema of a timeout. `mostMs`: the longest that may be named. */
export function timeoutSchema(mostMs: number) {
  const error = ({ input }: { input?: unknown }) => expectation(input, mostMs);
  const named = z.int({ error, abort: true }).min(1, { error }).max(mostMs, { error });
  return z.union([named, z.enum([NO_TIMEOUT])], { error });
}

const IN_WORDS = 'leave it out and Leeway decides; no timeout at all is "none", where the tier allows it';

function expectation(given: unknown, mostMs: number): string {
  if (typeof given !== 'number') return `expected whole milliseconds (${IN_WORDS})`;
  if (given < 1) return `expected at least 1 ms (${IN_WORDS})`;
  return given > mostMs ? `expected at most ${mostMs} ms` : 'expected whole milliseconds';
}
