import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseKeys } from './key-ring.js';

const hashOf = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const entry = { name: 'ci', hash: hashOf('open sesame'), tenant: 'acme', tier: 'default' };

test('a key finds its owner by its hash, and another key finds nobody', () => {
  const ring = parseKeys({ keys: [entry, { ...entry, name: 'ops', hash: hashOf('other'), scopes: ['admin'] }] }, [
    'default',
  ]);
  expect(ring.find('open sesame')).toEqual({
    name: 'ci',
    tenant: 'acme',
    tier: 'default',
    scopes: ['submit', 'read', 'control'],
  });
  expect(ring.find('other')?.scopes).toEqual(['admin']);
  expect(ring.find('open sesam')).toBeUndefined();
  expect(ring.find(entry.hash)).toBeUndefined();
  expect(ring.tenants).toBe(1);
});

test('an invalid hash is refused without repeating it, as it may be the key itself', () => {
  const read = () => parseKeys({ keys: [{ ...entry, hash: 'open sesame' }] }, ['default']);
  expect(read).toThrow('/keys/0/hash: expected "sha256:" and 64 hexadecimal digits');
  expect(read).not.toThrow('open sesame');
});

test('an unknown field is refused with the nearest known name, and so is the same key twice', () => {
  expect(() => parseKeys({ keys: [{ ...entry, tennant: 'x' }] }, ['default'])).toThrow('did you mean "tenant"?');
  expect(() => parseKeys({ keys: [entry, entry] }, ['default'])).toThrow('/keys/1/hash: is the same as /keys/0/hash');
});
