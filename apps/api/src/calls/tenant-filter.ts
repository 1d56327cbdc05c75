import { LeewayError } from '@leeway/contract';
import type { Principal } from './principal.js';

/**
 * Whose things a listing shows; null: everybody's. Throws LeewayError `forbidden` when somebody asks for those of
 * another tenant.
 */
export function tenantFilter(asked: string | undefined, principal: Principal): string | null {
  if (principal.everyTenant) return asked ?? null;
  if (asked === undefined || asked === principal.tenant) return principal.tenant;
  throw new LeewayError('forbidden', `This key sees the tenant "${principal.tenant}" only.`);
}
