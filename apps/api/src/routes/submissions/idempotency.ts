import { createHash } from 'node:crypto';
import { LeewayError } from '@leeway/contract';

const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The key of a submission, and what tells its body from another one. Undefined: no key was sent. `place`: its place in a
 * batch, each of whose submissions has a key of its own; no key that a caller can send looks like one of those.
 */
export function idempotencyOf(
  sent: string | undefined,
  body: unknown,
  place?: number,
): { key: string; bodyHash: string } | undefined {
  const key = checkedKey(sent);
  if (key === undefined) return undefined;
  const bodyHash = createHash('sha256').update(canonical(body)).digest('hex');
  return { key: place === undefined ? key : `${key}\n${place}`, bodyHash };
}

/** Throws LeewayError `invalid_idempotency_key`. */
export function checkedKey(key: string | undefined): string | undefined {
  if (key !== undefined && !KEY.test(key)) {
    throw new LeewayError(
      'invalid_idempotency_key',
      `The Idempotency-Key has ${key.length} characters or some that are not printable ASCII.`,
    );
  }
  return key;
}

/** JSON with sorted names: the same content gives the same text, however a client orders its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) =>
    item === null || typeof item !== 'object' || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
