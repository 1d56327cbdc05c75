import { createHash } from 'node:crypto';

const MAX_PART = 64;
const HASH_CHARS = 10;
const PLAIN = /^[A-Za-z0-9._@~+-]{1,64}$/;

/**
 * One part of a class name or ring key: at most 64 characters, none of them `/`, a space, a brace or a colon, so that it
 * is safe in a Redis key (braces choose a cluster slot) and in a URL. Longer text is cut and gets a hash.
 */
export function encodePart(text: string): string {
  if (PLAIN.test(text)) return text;
  const encoded = text.replaceAll(/[^A-Za-z0-9._@~+-]/g, escape);
  if (encoded.length <= MAX_PART) return encoded === '' ? '%' : encoded;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARS);
  const kept = encoded.slice(0, MAX_PART - HASH_CHARS - 1).replace(/%[0-9A-F]?$/, '');
  return `${kept}~${hash}`;
}

function escape(char: string): string {
  return [...new TextEncoder().encode(char)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
