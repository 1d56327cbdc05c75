import { LeewayError } from '@leeway/contract';
import type { Scope } from '@leeway/runtime';
import type { Route } from './route.js';
import type { Services } from './services.js';

/** Who asks: from the key, never from the body. */
export interface Principal {
  readonly tenant: string;
  readonly tier: string;
  readonly scopes: readonly Scope[];
  /** Sees the jobs of every tenant. */
  readonly everyTenant: boolean;
}

/** The tenant of everybody when no keys are configured. */
const OPEN_TENANT = 'default';
const BEARER = /^Bearer +(\S+)$/i;

/**
 * Finds out who asks. Throws LeewayError `unauthorized` without a valid key, `forbidden` when the key does not allow it.
 * `scope` null: everybody may; any: every key may.
 */
export function identify(authorization: string | undefined, scope: Route['scope'], services: Services): Principal {
  const { keys, policy } = services;
  if (keys === null) return { tenant: OPEN_TENANT, tier: policy.defaultTier, scopes: ['admin'], everyTenant: true };
  const key = BEARER.exec(authorization ?? '')?.[1];
  const owner = key === undefined ? undefined : keys.find(key);
  if (owner === undefined) {
    if (scope === null) return { tenant: OPEN_TENANT, tier: policy.defaultTier, scopes: [], everyTenant: false };
    const what = authorization === undefined ? 'There is no Authorization header.' : 'This key is not known here.';
    throw new LeewayError('unauthorized', what);
  }
  const admin = owner.scopes.includes('admin');
  if (scope !== null && scope !== 'any' && !admin && !owner.scopes.includes(scope)) {
    throw new LeewayError(
      'forbidden',
      `The key "${owner.name}" may ${owner.scopes.join(', ')}; this call needs ${scope}.`,
    );
  }
  return { tenant: owner.tenant, tier: owner.tier, scopes: owner.scopes, everyTenant: admin };
}
