import { longForm } from '@leeway/testkit';
import { describe, expect, it } from 'vitest';
import { leewayWith } from './policies/leeway.js';
import { normal, randomFrom } from './random.js';
import { replay, type Replay } from './replay.js';
import { traceFrom } from './trace.js';
import { makeWorld, SCENARIOS, type Scenario } from './world.js';

const HOUR_MS = 3_600_000;
const JOBS = 1_500;
const KEYS = 40;
const MEDIAN_MS = 4_000_000;
const GAP_MS = 900_000;
const CAP_MS = 200_000_000;
/** Samples are stored with six digits, deadlines in whole milliseconds. */
const ROUNDING = 1e-4;
const SLOW_MS = 60_000;

/** A replay of synthetic work with large and small classes, in which all times are multiplied by `scale`. */
function replayed(scenario: Scenario, scale = 1): Replay {
  const random = randomFrom('scale');
  const rows = Array.from({ length: JOBS }, (_, nth) => {
    const key = Math.floor(KEYS * random() ** 3);
    const durationMs = scale * MEDIAN_MS * (1 + (key % 7)) * Math.exp(0.8 * normal(random));
    return { submittedMs: nth * GAP_MS * scale, durationMs, key: `work:k${key % 5}:u${key}` };
  });
  const world = makeWorld(traceFrom('scale', rows, CAP_MS * scale), scenario, '1');
  return replay(world, leewayWith({}, { changeWithinMs: Math.round(HOUR_MS * scale) }));
}

const scenarios = longForm(
  [SCENARIOS.usual, SCENARIOS.hangsFive],
  [SCENARIOS.usual, SCENARIOS.stepTen, SCENARIOS.hangsFive],
);

describe.each(scenarios)('a whole replay ($name)', { timeout: SLOW_MS }, (scenario) => {
  it.each(longForm([7.3], [0.137, 7.3]))(
    'with all times multiplied by %s has all deadlines multiplied by it too',
    (c) => {
      const [plain, scaled] = [replayed(scenario), replayed(scenario, c)];
      expect(scaled.firstKilled).toEqual(plain.firstKilled);
      expect(scaled.secondKilled).toEqual(plain.secondKilled);
      const errors = Array.from(plain.firstDeadlineMs, (ms, nth) =>
        Math.abs((scaled.firstDeadlineMs[nth] ?? 0) / (c * ms) - 1),
      );
      expect(Math.max(...errors)).toBeLessThan(ROUNDING);
    },
  );
});
