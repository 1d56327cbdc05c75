import { kindPolicy, type ClassInfo, type Policy } from '@leeway/contract';
import { classTrust } from './class-trust.js';
import { decideInMode } from '../deadline/decide-in-mode.js';
import type { Workers } from '../history/history-view.js';
import { classFromName } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { readLevel } from '../history/read-level.js';
import { type RunningStart, startsOutside } from '../history/running-attempts.js';
import { type RingKey, ringKey, ringKeys } from '../history/ring-key.js';
import { decodeSample } from '../history/sample.js';

/** Stored data of a class. */
export interface ClassFacts {
  tenant: string;
  className: string;
  /** By the names of `ClassCounter` and `StoredShadowCounter`. */
  counters: Readonly<Record<string, number>>;
  running: number;
  /** Starts of the running attempts, wall clock, ascending; absent: unknown. */
  runningSince?: readonly RunningStart[] | undefined;
  /** Last end of an attempt, UTC; null: none yet. */
  lastAt: string | null;
  /** Rings of `classRingKeys`, samples newest first; null: they could not be read. */
  rings: ReadonlyMap<string, { samples: readonly string[] }> | null;
  policy: Policy;
  /** Wall clock. */
  nowMs: number;
}

/** Number of newest results shown one by one. */
const SHOWN_RESULTS = 60;
const MEDIAN = 0.5;
const LATE = 0.95;

/** Learned figures of a class, and the deadline of its next job. */
export function classInfo(facts: ClassFacts): ClassInfo {
  const { tenant, className, counters, rings, policy, nowMs } = facts;
  const jobClass = classFromName(className);
  const own = ringKey('total', tenant, className);
  const level = (key: RingKey) => (rings === null ? undefined : levelIn(rings, key));
  const state = level(own);
  const kind = kindPolicy(policy, jobClass.levels.at(-1)?.split('/')[0] ?? '');
  const history =
    rings === null
      ? null
      : { level, runningSinceMs: (_: string, except?: Workers) => startsOutside(facts.runningSince ?? [], except) };
  const decision = decideInMode({ jobClass, tenant, kind, policy, history, nowMs, attempt: 1 });
  const succeeded = counters['succeeded'] ?? 0;
  const falseKills = counters['falseKills'] ?? 0;
  return {
    class: className,
    tenant,
    level: decision.level,
    basis: decision.basis,
    samples: state?.size ?? 0,
    censored: state?.censored ?? 0,
    p50Ms: quantileMs(state, MEDIAN),
    p95Ms: quantileMs(state, LATE),
    deadlineMs: decision.deadlineMs,
    sentence: decision.sentence,
    loadFactor: decision.loadFactor,
    succeeded,
    failed: counters['failed'] ?? 0,
    killed: counters['killed'] ?? 0,
    falseKills,
    // Share of the healthy jobs that was killed first.
    falseKillRate: succeeded === 0 ? null : Math.min(1, falseKills / succeeded),
    ...classTrust({ className, counters, state, decision, policy }),
    running: facts.running,
    lastAt: facts.lastAt,
    ...newestResults(rings?.get(own)?.samples ?? []),
  };
}

/** Classes of one kind have general rings in common; each ring is read once for all classes of one list. */
const READ = new WeakMap<NonNullable<ClassFacts['rings']>, Map<RingKey, LevelState | undefined>>();

function levelIn(rings: NonNullable<ClassFacts['rings']>, key: RingKey): LevelState | undefined {
  const known = READ.get(rings) ?? new Map<RingKey, LevelState | undefined>();
  READ.set(rings, known);
  if (known.has(key)) return known.get(key);
  const samples = rings.get(key)?.samples ?? [];
  const read = samples.length === 0 ? undefined : readLevel(key, samples);
  known.set(key, read);
  return read;
}

/** All rings that `classInfo` reads. */
export function classRingKeys(tenant: string, className: string): RingKey[] {
  return ringKeys(tenant, classFromName(className)).filter((key) => /^(?:total|score|load)\//.test(key));
}

/** In whole milliseconds; null: the quantile is among runs that did not end by themselves. */
function quantileMs(state: LevelState | undefined, q: number): number | null {
  const value = state?.quantile(q) ?? Number.NaN;
  return Number.isFinite(value) ? Math.round(value) : null;
}

function newestResults(samples: readonly string[]): Pick<ClassInfo, 'recentMs' | 'deadlines'> {
  const results = samples
    .slice(0, SHOWN_RESULTS)
    .flatMap((text) => decodeSample(text) ?? [])
    .reverse();
  return {
    recentMs: results.map(({ valueMs }) => valueMs),
    deadlines: results
      .filter(({ deadlineMs }) => deadlineMs > 0)
      .map(({ atMs, deadlineMs, valueMs, kind }) => ({
        at: new Date(atMs).toISOString(),
        deadlineMs,
        durationMs: valueMs,
        censored: kind !== 'exact',
      })),
  };
}
