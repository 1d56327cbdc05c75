import { randomBytes } from 'node:crypto';
import type { JobId } from '@leeway/contract';

const RANDOM_BYTES = 10;
const TIME_DIGITS = 9;

/** A new id: `j`, the time in base 36, so that ids sort by age, and 80 random bits. */
export function newJobId(nowMs: number): JobId {
  const random = BigInt(`0x${randomBytes(RANDOM_BYTES).toString('hex')}`)
    .toString(36)
    .padStart(16, '0');
  return `j${nowMs.toString(36).padStart(TIME_DIGITS, '0')}${random}` as JobId;
}
