import { LeewayError } from '@leeway/contract';
import type { Principal } from '@leeway/queue';
import type { Scope } from '@leeway/runtime';
import type { Services } from './services.js';

/** Who makes a call: always from the API key, never from the body. */
export interface ApiPrincipal extends Principal {
  /** An admin key: it sees the jobs of every tenant. */
  readonly everyTenant: boolean;
}

/** The scope that a key needs; any: a key with any scope; null: no key. */
export type RequiredScope = Scope | 'any' | null;

/** The tenant of every call when no keys are configured. */
const OPEN_TENANT = 'default';
const BEARER = /^Bearer +(\S+)$/i;

/**
 * Authenticates and authorizes a call. Throws LeewayError `unauthorized` without a valid key, `forbidden` when the key
 * lacks the scope.
 */
export function authorize(
  authorization: string | undefined,
  scope: RequiredScope,
  services: Pick<Services, 'keys' | 'policy'>,
): ApiPrincipal {
  const { keys, policy } = services;
  const open = { tenant: OPEN_TENANT, tier: policy.defaultTier };
  if (keys === null) return { ...open, everyTenant: true };
  const key = BEARER.exec(authorization ?? '')?.[1];
  const owner = key === undefined ? undefined : keys.find(key);
  if (owner === undefined) {
    if (scope === null) return { ...open, everyTenant: false };
    throw new LeewayError('unauthorized', whatIsWrong(authorization, key));
  }
  const everyTenant = owner.scopes.includes('admin');
  if (scope !== null && scope !== 'any' && !everyTenant && !owner.scopes.includes(scope)) {
    const message = `The key "${owner.name}" has the scopes ${owner.scopes.join(', ')}; this call needs ${scope}.`;
    throw new LeewayError('forbidden', message);
  }
  return { tenant: owner.tenant, tier: owner.tier, everyTenant };
}

function whatIsWrong(authorization: string | undefined, key: string | undefined): string {
  if (authorization === undefined) return 'There is no Authorization header.';
  return key === undefined ? 'The Authorization header is not "Bearer <key>".' : 'This server does not know this key.';
}

/**
 * The tenant whose data a call reads; null: every tenant. Throws LeewayError `forbidden` when the key does not belong to
 * the requested tenant.
 */
export function tenantFilter(requested: string | undefined, principal: ApiPrincipal): string | null {
  if (principal.everyTenant) return requested ?? null;
  if (requested === undefined || requested === principal.tenant) return principal.tenant;
  throw new LeewayError('forbidden', `This key sees the tenant "${principal.tenant}" only.`);
}
