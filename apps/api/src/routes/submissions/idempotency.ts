import { createHash } from 'node:crypto';
import { LeewayError, type Submission } from '@leeway/contract';

const LONGEST_KEY = 255;
const KEY = new RegExp(`^[\\x20-\\x7e]{1,${LONGEST_KEY}}$`);

/**
 * The key of a submission, and a hash of its body. Undefined: no key was sent. In a batch each submission has a key of its
 * own, made with its `position` and a line break, which no key of a client can contain.
 */
export function idempotencyOf(
  sent: string | undefined,
  submission: Submission,
  position?: number,
): { key: string; bodyHash: string } | undefined {
  const key = checkedKey(sent);
  if (key === undefined) return undefined;
  const bodyHash = createHash('sha256').update(canonical(submission)).digest('hex');
  return { key: position === undefined ? key : `${key}\n${position}`, bodyHash };
}

/** Throws LeewayError `invalid_idempotency_key`. */
export function checkedKey(key: string | undefined): string | undefined {
  if (key !== undefined && !KEY.test(key)) {
    const message =
      key.length > 0 && key.length <= LONGEST_KEY
        ? 'The Idempotency-Key has characters that are not printable ASCII.'
        : `The Idempotency-Key has ${key.length} characters; expected 1 to ${LONGEST_KEY}.`;
    throw new LeewayError('invalid_idempotency_key', message);
  }
  return key;
}

/** JSON with sorted names: the same content gives the same text, in whatever order a client writes its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) =>
    item === null || typeof item !== 'object' || Array.isArray(item)
      ? item
      : Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}
