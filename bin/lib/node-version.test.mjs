import { expect, test } from 'vitest';
import { isAtLeast } from './node-version.mjs';

test.each([
  ['20.11.0', '20.11', true],
  ['20.9.1', '20.11', false],
  ['22.0.0', '20.11', true],
  ['18.20.4', '20.11', false],
  ['7.0.15', '6.2', true],
  ['6.0.16', '6.2', false],
])('version %s against %s: %s', (version, wanted, expected) => {
  expect(isAtLeast(version, wanted)).toBe(expected);
});
