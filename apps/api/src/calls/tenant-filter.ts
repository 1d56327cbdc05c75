import { LeewayError } from '@leeway/contract';
import type { Visitor } from './principal.js';

/**
 * Whose things a listing shows; null: everybody's. Throws LeewayError `forbidden` when somebody asks for those of
 * another tenant.
 */
export function tenantFilter(asked: string | undefined, visitor: Visitor): string | null {
  if (visitor.everyTenant) return asked ?? null;
  if (asked === undefined || asked === visitor.tenant) return visitor.tenant;
  throw new LeewayError('forbidden', `This key sees the tenant "${visitor.tenant}" only.`);
}
