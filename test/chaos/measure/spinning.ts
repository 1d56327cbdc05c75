import { availableParallelism } from 'node:os';

/** A command that only computes, for three seconds. */
export const SPINNING_ARGV = ['sh', '-c', 'timeout 3 sh -c "while :; do :; done"; true'];

/** Number of them that keeps every processor busy beyond its capacity. */
export const SPINNING_LANES = availableParallelism() * 2;
