import { createHash } from 'node:crypto';
import { parseKeys, type KeyRing, type Scope } from '@leeway/runtime';

export interface TestKey {
  name: string;
  /** Default: the name. */
  tenant?: string;
  /** Default: `default`. */
  tier?: string;
  /** Default: everything but `admin`. */
  scopes?: Scope[];
}

/** A key ring; the key of each name is `<name>-key`. */
export function testKeys(...keys: TestKey[]): KeyRing {
  const entries = keys.map(({ name, tenant = name, tier = 'default', scopes }) => ({
    ...{ name, tenant, tier, hash: keyHash(name) },
    ...(scopes === undefined ? {} : { scopes }),
  }));
  return parseKeys({ keys: entries }, [...new Set(entries.map(({ tier }) => tier))]);
}

export function keyHash(name: string): string {
  return `sha256:${createHash('sha256').update(`${name}-key`).digest('hex')}`;
}

/** The headers of a request with the key of this name. */
export function withKey(name: string): { authorization: string } {
  return { authorization: `Bearer ${name}-key` };
}
