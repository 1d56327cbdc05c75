import { type SeededRandom, seededRandom } from './seeded-random.js';

/** What the work does when nobody disturbs it. */
export type Behaviour =
  | 'work'
  | 'fail'
  | 'print'
  | 'leaves_children'
  | 'hang'
  | 'ignores_sigterm'
  | 'abortable'
  | 'never_settles'
  | 'ignores_abort'
  | 'blocking'
  | 'isolated'
  | 'isolated_blocking';

export interface PlannedJob {
  /** Also the Idempotency-Key. */
  key: string;
  atMs: number;
  behaviour: Behaviour;
  /** How long the work takes, in ms; 0 for what never ends by itself. */
  forMs: number;
  /** The submission without `kind` and `input`. */
  options: Record<string, unknown>;
  /** What a user does to it later on; null: nothing. */
  control: PlannedControl | null;
}

/** `afterMs` counts from acceptance, for `retry` from the end of the job. `forMs`: time until a paused job is resumed. */
export type PlannedControl =
  | { kind: 'cancel' | 'retry'; afterMs: number }
  | { kind: 'pause'; afterMs: number; forMs: number };

export interface WorkloadOptions {
  seed: number;
  seconds: number;
  jobsPerSecond: number;
}

const SECOND_MS = 1_000;
/** Keeps workload and nemesis from getting the same numbers from one seed. */
const OWN_STREAM = 0x5eed;

const FOR_MS: Record<Behaviour, readonly [number, number]> = {
  work: [20, 3_000],
  fail: [0, 400],
  print: [0, 800],
  leaves_children: [200, 1_500],
  hang: [0, 0],
  ignores_sigterm: [0, 0],
  abortable: [50, 2_500],
  never_settles: [0, 0],
  ignores_abort: [3_000, 6_000],
  blocking: [200, 1_800],
  isolated: [50, 2_000],
  isolated_blocking: [0, 0],
};
/** What never ends by itself, or much too late, needs a limit. */
const ENDLESS: readonly Behaviour[] = [
  'hang',
  'ignores_sigterm',
  'never_settles',
  'ignores_abort',
  'isolated_blocking',
];
const ENDLESS_TIMEOUT_MS = { shortest: 600, longest: 2_000 };
/** For work that ends by itself: it is reached only when the machine is stalled. */
const AMPLE_TIMEOUT_MS = 30_000;
/** A main loop that is blocked longer than `loopFrozenMs` (5 s) makes the heartbeat thread kill the worker. */
const FATAL_BLOCK_MS = 6_500;

/** Everything that will be submitted; it depends on the options alone. */
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
  const behaviour = random.pick<Behaviour>([
    [40, 'work'],
    [10, 'fail'],
    [6, 'print'],
    [6, 'leaves_children'],
    [6, 'hang'],
    [5, 'ignores_sigterm'],
    [12, 'abortable'],
    [4, 'never_settles'],
    [3, 'ignores_abort'],
    [4, 'blocking'],
    [6, 'isolated'],
    [2, 'isolated_blocking'],
  ]);
  const [low, high] = FOR_MS[behaviour];
  const isFatal = behaviour === 'blocking' && random.chance(0.1);
  return {
    key,
    atMs,
    behaviour,
    forMs: isFatal ? FATAL_BLOCK_MS : random.between(low, high),
    options: optionsOf(random, behaviour),
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

function optionsOf(random: SeededRandom, behaviour: Behaviour): Record<string, unknown> {
  const endless = ENDLESS.includes(behaviour);
  const options: Record<string, unknown> = {
    label: `chaos-${behaviour}`,
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
  // Half of what ends by itself runs under the deadline that the estimator decides.
  if (endless) options['timeoutMs'] = timeoutMs;
  else if (random.chance(0.5)) options['timeoutMs'] = AMPLE_TIMEOUT_MS;
  return options;
}
