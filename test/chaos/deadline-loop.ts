import { kindPolicy, parsePolicy } from '@leeway/contract';
import {
  classify,
  decide,
  type EndedAttempt,
  type LevelState,
  observe,
  type Observations,
  readLevel,
} from '@leeway/estimator';
import { seededRandom } from './seeded-random.js';

/** Which observations of an ended attempt are stored. */
export type Keep = (observations: Observations) => Observations['rings'];

export interface LoopOptions {
  seed: number;
  /** Number of jobs with the usual duration, and of those after the work has become slower. */
  usual: number;
  slower: number;
  keep: Keep;
}

const USUAL_MS = 10_000;
/** How many times longer the work takes from one job to the next. */
const SLOWDOWN = 3;
/** Durations vary by up to this share, up and down. */
const SPREAD = 0.2;
const TENANT = 'local';

/**
 * The whole feedback loop without processes: deadlines from history, attempts that they end, and observations of those.
 * One attempt each, so no retry shows that a kill was wrong. Returns for each of the slower jobs whether it was killed.
 */
export function killsAfterSlowdown({ seed, usual, slower, keep }: LoopOptions): boolean[] {
  const policy = parsePolicy({});
  const jobClass = classify({ kind: 'command', input: { argv: ['render'] } });
  const random = seededRandom(seed);
  const rings = new Map<string, string[]>();
  const kills: boolean[] = [];
  for (let i = 0; i < usual + slower; i += 1) {
    const nowMs = (i + 1) * USUAL_MS * SLOWDOWN;
    const history = { level: (key: string) => levelOf(rings.get(key)), runningSinceMs: () => [] };
    const kind = kindPolicy(policy, 'command');
    const decision = decide({ jobClass, tenant: TENANT, kind, policy, history, nowMs, attempt: 1 });
    const neededMs = USUAL_MS * (i < usual ? 1 : SLOWDOWN) * (1 + SPREAD * (2 * random.next() - 1));
    const isKilled = neededMs > decision.deadlineMs;
    const attempt: EndedAttempt = {
      number: 1,
      durationMs: Math.min(neededMs, decision.deadlineMs),
      outcome: isKilled ? 'stopped' : 'succeeded',
      cause: isKilled ? 'deadline' : null,
      decision,
      resumedFromCheckpoint: false,
      outputs: 0,
    };
    const observations = observe({
      id: String(nowMs),
      tenant: TENANT,
      jobClass,
      attempts: [attempt],
      willRetry: false,
      nowMs,
      policy,
    });
    for (const { key, sample } of keep(observations)) rings.set(key, [sample, ...(rings.get(key) ?? [])]);
    if (i >= usual) kills.push(isKilled);
  }
  return kills;

  function levelOf(samples: readonly string[] | undefined): LevelState | undefined {
    return samples === undefined ? undefined : readLevel('total/bench/loop', samples);
  }
}
