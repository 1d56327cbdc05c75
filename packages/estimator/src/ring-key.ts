import { encodePart } from './encode-part.js';
import type { JobClass } from './job-class.js';

/**
 * What is measured: the whole attempt, the time to its first output, the longest silence between two outputs, the
 * longest silence while a tool ran, the wait for a worker; and how many times its usual duration an attempt took (score).
 */
export const METRICS = ['total', 'first', 'idle', 'tool', 'queue', 'score'] as const;
export type Metric = (typeof METRICS)[number];
/** Those that have one ring for each level. */
const DIRECT = METRICS.filter((metric) => metric !== 'score');

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
export function scoreRingKeys(tenant: string, jobClass: JobClass): RingKey[] {
  return Array.from({ length: SCORE_RINGS }, (_, nth) => ringKey('score', tenant, `${family(jobClass)}/~${nth}`));
}

/** The most general level: kind and executable or model. */
export function family(jobClass: JobClass): string {
  return jobClass.levels.at(-1) ?? jobClass.name;
}

/** Every ring that a decision for this class may ask for, so that they can be read in one go beforehand. */
export function ringKeys(tenant: string, jobClass: JobClass): RingKey[] {
  const own = DIRECT.flatMap((metric) => jobClass.levels.map((level) => ringKey(metric, tenant, level)));
  return [...own, ...scoreRingKeys(tenant, jobClass), ...jobClass.shared.map((level) => sharedRingKey('total', level))];
}

/** The parts of a ring key; `undefined` when it is none. `tenant` is encoded; null for rings that all tenants feed. */
export function parseRingKey(key: string): { metric: Metric; tenant: string | null; level: string } | undefined {
  const [metric, scope, ...level] = key.split('/');
  if (!METRICS.includes(metric as Metric) || scope === undefined || scope === '' || level.length === 0 || level.includes('')) return undefined;
  return { metric: metric as Metric, tenant: scope === SHARED ? null : scope, level: level.join('/') };
}

/** A tenant as it stands in ring keys. */
export function tenantScope(tenant: string): string {
  const encoded = encodePart(tenant);
  return encoded.startsWith('~') ? `%7E${encoded.slice(1)}` : encoded;
}
