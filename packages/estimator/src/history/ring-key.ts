import { encodePart } from '../classify/encode-part.js';
import { family, type JobClass } from '../classify/job-class.js';

/**
 * `total`: duration of the attempt. `first`: time to its first output. `cold`: the same for an attempt that had to start up
 * first. `idle`: longest silence between two outputs. `tool`: longest silence while a tool ran. `queue`: wait for a worker.
 * `score`: duration divided by the usual one. `load`: duration divided by the expected one, with the worker.
 */
export const METRICS = ['total', 'first', 'cold', 'idle', 'tool', 'queue', 'score', 'load'] as const;
export type Metric = (typeof METRICS)[number];
/** Metrics with one ring for each level. */
const LEVEL_METRICS = ['total', 'first', 'idle', 'tool', 'queue'] as const;
export type LevelMetric = (typeof LEVEL_METRICS)[number];

/** Name of one ring of samples: `metric/scope/level`. Safe in a Redis key. */
export type RingKey = string & { readonly __brand: 'RingKey' };

/** Scope of the rings of all tenants together. No encoded tenant begins with `~`, so none has the same scope. */
const SHARED = '~shared';

export function ringKey(metric: Metric, tenant: string, level: string): RingKey {
  return `${metric}/${tenantScope(tenant)}/${level}` as RingKey;
}

export function sharedRingKey(metric: Metric, level: string): RingKey {
  return `${metric}/${SHARED}/${level}` as RingKey;
}

/** A margin needs more results than one ring holds, so scores are spread over several rings. */
const SCORE_RINGS = 5;

/** Rings of the scores of one kind and executable or model. */
export function scoreRingKeys(tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass).score;
}

/** Rings of one metric, one for each level, specific to general. */
export function levelRingKeys(metric: LevelMetric, tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass)[metric];
}

/** Level of the ring of all work of a tenant. No class begins with `~`. */
export const FLEET = '~fleet';

/** Rings of the current load: of the same executable or model, and of all work of the tenant. */
export function loadRingKeys(tenant: string, jobClass: JobClass): readonly RingKey[] {
  return tableOf(tenant, jobClass).load;
}

/** All rings that a decision for this class may read, to be loaded in one call beforehand. */
export function ringKeys(tenant: string, jobClass: JobClass): RingKey[] {
  return [
    ...Object.values(tableOf(tenant, jobClass)).flat(),
    ...jobClass.shared.map((level) => sharedRingKey('total', level)),
  ];
}

/** Ring of first outputs after a start. One for each executable or model, since that is what starts. */
export function coldRingKey(tenant: string, jobClass: JobClass): RingKey {
  return tableOf(tenant, jobClass).cold[0] as RingKey;
}

type KeyTable = Readonly<Record<LevelMetric | 'cold' | 'score' | 'load', readonly RingKey[]>>;

/** A decision reads two dozen keys; those of the last tenant are kept with the class. */
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

/** Parts of a ring key; `undefined`: it is no ring key. `tenant` is encoded; null: the ring is of all tenants together. */
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

/** Encoded name of a tenant in ring keys. */
export function tenantScope(tenant: string): string {
  const encoded = encodePart(tenant);
  return encoded.startsWith('~') ? `%7E${encoded.slice(1)}` : encoded;
}
