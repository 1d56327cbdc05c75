import type { Policy } from '@leeway/contract';

/**
 * Builds something once for each reading of the policy: building a schema costs a hundred times as much as using it. Known
 * by the limits: a policy that is read again stays the same object, and gets new sections.
 */
export function perPolicy<T>(build: (policy: Policy) => T): (policy: Policy) => T {
  const built = new WeakMap<Policy['limits'], { value: T }>();
  return (policy) => {
    let known = built.get(policy.limits);
    if (known === undefined) built.set(policy.limits, (known = { value: build(policy) }));
    return known.value;
  };
}
