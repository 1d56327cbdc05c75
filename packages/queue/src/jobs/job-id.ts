import { randomFillSync } from 'node:crypto';
import type { JobId } from '@leeway/contract';

const RANDOM_BYTES = 10;
const TIME_DIGITS = 9;
/** Ids whose random bytes are drawn together: one call of the system for each would cost more than all else. */
const IDS_AT_ONCE = 100;

const pool = Buffer.allocUnsafe(RANDOM_BYTES * IDS_AT_ONCE);
let used = pool.length;

/** A new id: `j`, the time in base 36, so that ids sort by age, and 80 random bits. */
export function newJobId(nowMs: number): JobId {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = BigInt(`0x${pool.toString('hex', used, used + RANDOM_BYTES)}`)
    .toString(36)
    .padStart(16, '0');
  used += RANDOM_BYTES;
  return `j${nowMs.toString(36).padStart(TIME_DIGITS, '0')}${random}` as JobId;
}
