import { PREFIX } from '../src/redis/keys.js';
import type { QueueBench } from './queue-bench.js';
import type { Watchdog } from '../src/recovery/watchdog.js';

export const SWEEP_MS = 500;
/** How long workers that were cut off have to come back, at the defaults. */
export const RETURN_MS = 1_800 + 1_200;

export interface HandClock {
  nowMs: () => number;
  advance: (ms: number) => void;
}

/** A clock that the test moves. */
export function handClock(): HandClock {
  let now = 1_000_000;
  return { nowMs: () => now, advance: (ms) => void (now += ms) };
}

/** Sweeps for at least `ms` of a watchdog's clock; a standstill of the real machine does not count. */
export async function sweepFor(
  ms: number,
  { bench, watchdog, clock }: { bench: QueueBench; watchdog: Watchdog; clock: HandClock },
): Promise<void> {
  for (let passed = 0; passed <= ms; passed += SWEEP_MS) {
    clock.advance(SWEEP_MS);
    await bench.raw.del(`${PREFIX}:uptime`);
    await watchdog.sweep();
  }
}
