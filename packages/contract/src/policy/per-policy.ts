import type { Policy } from './policy.js';

/**
 * Builds a value once for each version of the policy: building a schema costs a hundred times as much as using it.
 * The key of the cache is the section `limits`: a reload replaces the sections of the same policy object.
 */
export function perPolicy<T extends object>(build: (policy: Policy) => T): (policy: Policy) => T {
  const built = new WeakMap<Policy['limits'], T>();
  return (policy) => {
    const known = built.get(policy.limits) ?? build(policy);
    built.set(policy.limits, known);
    return known;
  };
}
