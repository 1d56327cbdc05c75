import { expect, test } from 'vitest';
import { redactSecret } from './redact-secret.js';

test.each([
  ['the key that was sent', 'wrong key abc.def+1', 'wrong key [hidden]'],
  ['a key of another sort', 'Incorrect API key: sk-proj-Ab12***9z', 'Incorrect API key: [hidden]'],
  ['a bearer header', 'got "Bearer xyz"', 'got "Bearer [hidden]"'],
  ['the user part of an address', 'http://me:pass@host/v1', 'http://host/v1'],
])('redactSecret hides %s', (_, text, expected) => {
  expect(redactSecret(text, 'abc.def+1')).toBe(expected);
});

test('redactSecret leaves ordinary words unchanged', () => {
  const text = 'The task-force asked for a risk-based plan.';
  expect(redactSecret(text, undefined)).toBe(text);
  expect(redactSecret(text, '')).toBe(text);
});

test('redactSecret makes one line of bounded length, and hides the key before it cuts the text', () => {
  expect(redactSecret('a\r\nb\u0000c', undefined)).toBe('a b c');
  const long = redactSecret(`${'x'.repeat(495)}secret-key${'y'.repeat(1_000)}`, 'secret-key');
  expect(long).toHaveLength(501);
  expect(long).not.toContain('secre');
});
