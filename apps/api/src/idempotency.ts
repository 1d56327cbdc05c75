import { createHash } from 'node:crypto';
import { LeewayError } from '@leeway/contract';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** The key of a request, and what tells its body from another one. Undefined: no key was sent. */
export function idempotencyOf(key: string | undefined, body: unknown): { key: string; bodyHash: string } | undefined {
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw new LeewayError(
      'invalid_idempotency_key',
      `The Idempotency-Key has ${key.length} characters or some that are not printable ASCII.`,
    );
  }
  return { key, bodyHash: createHash('sha256').update(canonical(body)).digest('hex') };
}

/** JSON with sorted names: the same content gives the same text, however a client orders its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) =>
    item === null || typeof item !== 'object' || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
