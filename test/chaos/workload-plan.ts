import { type SeededRandom, seededRandom } from './seeded-random.js';

/** How the work behaves when nobody disturbs it. */
export type Manner =
  | 'work'
  | 'fail'
  | 'print'
  | 'family'
  | 'hang'
  | 'deaf_command'
  | 'obedient'
  | 'never_settles'
  | 'deaf_handler'
  | 'blocking'
  | 'isolated'
  | 'isolated_blocking';

export interface PlannedJob {
  /** Also the Idempotency-Key. */
  key: string;
  atMs: number;
  manner: Manner;
  /** How long the work takes, in ms; 0 for what never ends by itself. */
  forMs: number;
  /** The submission without `kind` and `input`. */
  options: Record<string, unknown>;
  /** What somebody does to it later on; null: nothing. */
  control: PlannedControl | null;
}

/**
 * `cancel` and `pause` come so long after it was accepted, `retry` after it has failed or was cancelled. A pause is
 * ended `forMs` later.
 */
export type PlannedControl =
  | { kind: 'cancel' | 'retry'; afterMs: number }
  | { kind: 'pause'; afterMs: number; forMs: number };

export interface WorkloadOptions {
  seed: number;
  seconds: number;
  jobsPerSecond: number;
}

const SECOND_MS = 1_000;
/** So that the same seed does not give workload and nemesis the same numbers. */
const OWN_STREAM = 0x5eed;

const FOR_MS: Record<Manner, readonly [number, number]> = {
  work: [20, 3_000],
  fail: [0, 400],
  print: [0, 800],
  family: [200, 1_500],
  hang: [0, 0],
  deaf_command: [0, 0],
  obedient: [50, 2_500],
  never_settles: [0, 0],
  deaf_handler: [3_000, 6_000],
  blocking: [200, 1_800],
  isolated: [50, 2_000],
  isolated_blocking: [0, 0],
};
/** What never ends by itself, or much too late, needs a limit. */
const ENDLESS: readonly Manner[] = ['hang', 'deaf_command', 'never_settles', 'deaf_handler', 'isolated_blocking'];
const ENDLESS_TIMEOUT_MS = { shortest: 600, longest: 2_000 };
/** For work that ends by itself: only a machine that stands still can reach it. */
const AMPLE_TIMEOUT_MS = 30_000;
/** A loop held longer than the policy's 5 s makes the heartbeat thread kill the worker. */
const FREEZING_MS = 6_500;

/** Everything that will be submitted, from nothing but the seed. */
export function planWorkload({ seed, seconds, jobsPerSecond }: WorkloadOptions): PlannedJob[] {
  const random = seededRandom(seed ^ OWN_STREAM);
  const count = Math.round(seconds * jobsPerSecond);
  const planned = Array.from({ length: count }, (_, i) => {
    const atMs = random.between(0, seconds * SECOND_MS);
    return planJob(random, { key: `chaos-${seed}-${i}`, atMs });
  });
  return planned.toSorted((a, b) => a.atMs - b.atMs);
}

function planJob(random: SeededRandom, { key, atMs }: { key: string; atMs: number }): PlannedJob {
  const manner = random.pick<Manner>([
    [40, 'work'],
    [10, 'fail'],
    [6, 'print'],
    [6, 'family'],
    [6, 'hang'],
    [5, 'deaf_command'],
    [12, 'obedient'],
    [4, 'never_settles'],
    [3, 'deaf_handler'],
    [4, 'blocking'],
    [6, 'isolated'],
    [2, 'isolated_blocking'],
  ]);
  const [low, high] = FOR_MS[manner];
  const freezes = manner === 'blocking' && random.chance(0.1);
  return {
    key,
    atMs,
    manner,
    forMs: freezes ? FREEZING_MS : random.between(low, high),
    options: optionsOf(random, manner),
    control: random.chance(0.3) ? controlOf(random) : null,
  };
}

function controlOf(random: SeededRandom): PlannedControl {
  const kind = random.pick<PlannedControl['kind']>([
    [3, 'cancel'],
    [3, 'pause'],
    [2, 'retry'],
  ]);
  const afterMs = random.between(0, 2_500);
  return kind === 'pause' ? { kind, afterMs, forMs: random.between(100, 2_000) } : { kind, afterMs };
}

function optionsOf(random: SeededRandom, manner: Manner): Record<string, unknown> {
  const endless = ENDLESS.includes(manner);
  const options: Record<string, unknown> = {
    label: `chaos-${manner}`,
    attempts: random.between(1, 3),
    ...(random.chance(0.2) && { priority: random.between(1, 20) }),
    ...(random.chance(0.15) && { delayMs: random.between(1, 1_500) }),
    ...(random.chance(0.1) && { onWorkerLost: 'fail' }),
    ...(random.chance(0.15) && { overlap: 'forbid' }),
  };
  const limits = {
    ...(random.chance(0.05) && { queueMs: random.between(50, 4_000) }),
    ...(random.chance(0.05) && { overallMs: random.between(3_000, 20_000) }),
  };
  if (Object.keys(limits).length > 0) options['limits'] = limits;
  const timeoutMs = random.between(ENDLESS_TIMEOUT_MS.shortest, ENDLESS_TIMEOUT_MS.longest);
  // Half of what ends by itself runs under what the estimator decides.
  if (endless) options['timeoutMs'] = timeoutMs;
  else if (random.chance(0.5)) options['timeoutMs'] = AMPLE_TIMEOUT_MS;
  return options;
}
