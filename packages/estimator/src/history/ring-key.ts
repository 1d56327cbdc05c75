import { encodePart } from '../classify/encode-part.js';
import { family, type JobClass } from '../classify/job-class.js';

/**
 * What is measured: the whole attempt, the time to its first output, the longest silence between two outputs, the
 * longest silence while a tool ran, the wait for a worker; how many times its usual duration an attempt took (score),
 * and how many times the expected one, by worker (load). Where it had to start up first, the time to its first output is
 * kept apart (cold).
 */
export const METRICS = ['total', 'first', 'cold', 'idle', 'tool', 'queue', 'score', 'load'] as const;
export type Metric = (typeof METRICS)[number];
/** Those that have one ring for each level. */
const LEVEL_METRICS = ['total', 'first', 'idle', 'tool', 'queue'] as const;
export type LevelMetric = (typeof LEVEL_METRICS)[number];

/** Names one ring of samples: `metric/scope/level`. Opaque to whoever stores it; safe in a Redis key. */
export type RingKey = string & { readonly __brand: 'RingKey' };

/** Scope of rings that all tenants feed. No tenant's encoded name begins with `~`, so none can pose as it. */
const SHARED = '~shared';

export function ringKey(metric: Metric, tenant: string, level: string): RingKey {
  return `${metric}/${tenantScope(tenant)}/${level}` as RingKey;
}

export function sharedRingKey(metric: Metric, level: string): RingKey {
  return `${metric}/${SHARED}/${level}` as RingKey;
}

/** All rings are equally long; a margin needs more results than one of them holds, so scores are spread over several. */
const SCORE_RINGS = 5;

/** The rings that hold the scores of everything with the same kind and executable or model. */
export function scoreRingKeys(tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass).score;
}

/** The rings of one metric, one for each level, specific to general. */
export function levelRingKeys(metric: LevelMetric, tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass)[metric];
}

/** Level of the ring that everything of a tenant feeds. No class begins with `~`. */
export const FLEET = '~fleet';

/** The rings that tell how quickly work ends right now: with the same executable or model, and anywhere. */
export function loadRingKeys(tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass).load;
}

/** Every ring that a decision for this class may ask for, so that they can be read in one go beforehand. */
export function ringKeys(tenant: string, jobClass: JobClass): RingKey[] {
  return [
    ...Object.values(tableOf(tenant, jobClass)).flat(),
    ...jobClass.shared.map((level) => sharedRingKey('total', level)),
  ];
}

/** The ring of first outputs after a start: what has to start is the executable or model, whatever it is asked for. */
export function coldRingKey(tenant: string, jobClass: JobClass): RingKey {
  return tableOf(tenant, jobClass).cold[0] as RingKey;
}

type KeyTable = Readonly<Record<LevelMetric | 'cold' | 'score' | 'load', readonly RingKey[]>>;

/** A decision asks for two dozen keys; a class keeps those of the tenant that asked last. */
const TABLES = new WeakMap<JobClass, { tenant: string; table: KeyTable }>();

function tableOf(tenant: string, jobClass: JobClass): KeyTable {
  const known = TABLES.get(jobClass);
  if (known?.tenant === tenant) return known.table;
  const direct = LEVEL_METRICS.map((metric): [LevelMetric, RingKey[]] => [
    metric,
    jobClass.levels.map((level) => ringKey(metric, tenant, level)),
  ]);
  const table = {
    ...(Object.fromEntries(direct) as Record<LevelMetric, RingKey[]>),
    score: Array.from({ length: SCORE_RINGS }, (_, nth) => ringKey('score', tenant, `${family(jobClass)}/~${nth}`)),
    cold: [ringKey('cold', tenant, family(jobClass))],
    load: [family(jobClass), FLEET].map((level) => ringKey('load', tenant, level)),
  };
  TABLES.set(jobClass, { tenant, table });
  return table;
}

/** The parts of a ring key; `undefined` when it is none. `tenant` is encoded; null for rings that all tenants feed. */
export function parseRingKey(key: string): { metric: Metric; tenant: string | null; level: string } | undefined {
  const [metric, scope, ...level] = key.split('/');
  if (
    !METRICS.includes(metric as Metric) ||
    scope === undefined ||
    scope === '' ||
    level.length === 0 ||
    level.includes('')
  )
    return undefined;
  return { metric: metric as Metric, tenant: scope === SHARED ? null : scope, level: level.join('/') };
}

/** A tenant as it stands in ring keys. */
export function tenantScope(tenant: string): string {
  const encoded = encodePart(tenant);
  return encoded.startsWith('~') ? `%7E${encoded.slice(1)}` : encoded;
}
