import { kindPolicy, type ClassInfo, type Policy } from '@leeway/contract';
import { classTrust } from './class-trust.js';
import { decideInMode } from '../deadline/decide-in-mode.js';
import type { Workers } from '../history/history-view.js';
import type { JobClass } from '../classify/job-class.js';
import type { LevelState } from '../history/level-state.js';
import { readLevel } from '../history/read-level.js';
import { type RunningStart, startsOutside } from '../history/running-start.js';
import { type RingKey, ringKey, ringKeys } from '../history/ring-key.js';
import { decodeSample } from '../history/sample.js';

/** What is stored of a class. */
export interface ClassFacts {
  tenant: string;
  className: string;
  /** By the names that `learn` counts under. */
  counters: Readonly<Record<string, number>>;
  running: number;
  /** When they began, wall clock, ascending; absent: not known. */
  runningSince?: readonly RunningStart[] | undefined;
  /** When an attempt of it last ended, UTC; null: none yet. */
  lastAt: string | null;
  /** The rings of `classRingKeys`, samples newest first; null: they could not be read. */
  rings: ReadonlyMap<string, { samples: readonly string[] }> | null;
  policy: Policy;
  /** Wall clock. */
  nowMs: number;
}

/** Newest results that are shown one by one. */
const SHOWN_RESULTS = 60;
const MEDIAN = 0.5;
const LATE = 0.95;

/** What has been learned of a class, and the deadline that its next job would get. */
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
    // Of the jobs that turned out to be healthy, the share that was killed first.
    falseKillRate: succeeded === 0 ? null : Math.min(1, falseKills / succeeded),
    ...classTrust({ className, counters, state, decision, policy }),
    running: facts.running,
    lastAt: facts.lastAt,
    ...newestResults(rings?.get(own)?.samples ?? []),
  };
}

/** Classes of one kind look at the same general rings: each is read once for all that are shown together. */
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

/** Every ring that `classInfo` looks at. */
export function classRingKeys(tenant: string, className: string): RingKey[] {
  return ringKeys(tenant, classFromName(className)).filter((key) => /^(?:total|score|load)\//.test(key));
}

/** A class from its name: the same levels as when a job was put into it. Any text is read; nonsense has no history. */
export function classFromName(className: string): JobClass {
  const parts = className.split('/');
  const labelled = parts.length > 1 && parts.at(-1)?.startsWith('@') === true;
  const work = labelled ? parts.slice(0, -1) : parts;
  const shared: string[] = [];
  for (let length = work.length; length >= Math.min(2, work.length); length -= 1)
    shared.push(work.slice(0, length).join('/'));
  return { name: className, levels: labelled ? [className, ...shared] : shared, shared };
}

/** In whole milliseconds; null for a quantile that lies among runs that never ended by themselves. */
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
