import { appendFileSync } from 'node:fs';

/**
 * The work, the same for everyone: none. Where the payload carries the moment of its submission (monotonic, in
 * microseconds; one clock for all processes of a machine), the wait until this start is written down.
 */
const WRITE_EVERY_MS = 50;
const file = process.env['BENCH_WAITS'];
let waits = [];

export function nowUs() {
  return Number(process.hrtime.bigint() / 1_000n);
}

export async function noop({ submittedUs }) {
  if (submittedUs === undefined || file === undefined) return;
  if (waits.length === 0) setTimeout(write, WRITE_EVERY_MS);
  waits.push(nowUs() - submittedUs);
}

function write() {
  appendFileSync(file, waits.map((us) => `${us}\n`).join(''));
  waits = [];
}

/** Runs until it is stopped. */
async function sleeper(_input, context) {
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
}

/** The same as handlers of Leeway. */
export const handlers = { noop: (input) => noop(input), sleeper };
