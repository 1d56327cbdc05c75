import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssues } from './issues.js';

const schema = z.strictObject({
  name: z.string().max(12),
  argv: z.array(z.string()).min(1),
  attempts: z.int().min(1).optional(),
  timeoutMs: z.int({ error: 'expected whole milliseconds' }).optional(),
  overlap: z.enum(['allow', 'forbid']).optional(),
  weight: z.number().positive().optional(),
  at: z.iso.datetime().optional(),
  env: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  tier: z.union([z.number(), z.strictObject({ ms: z.int().min(1) })]).optional(),
});

function messages(input: unknown): Record<string, string> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return {};
  return Object.fromEntries(describeIssues(parsed.error, input).map(({ path, message }) => [path, message]));
}
const valid = { name: 'x', argv: ['ls'] };

describe('the problems of an input', () => {
  test('a missing field is named with its type', () => {
    expect(messages({})).toEqual({ '/name': 'is missing; expected a string', '/argv': 'is missing; expected a list' });
  });

  test.each([
    [{ argv: 'ls' }, '/argv', 'expected a list; got "ls"'],
    [{ argv: [5] }, '/argv/0', 'expected a string; got 5'],
    [{ name: null }, '/name', 'expected a string; got null'],
    [{ attempts: 0 }, '/attempts', 'expected at least 1; got 0'],
    [{ overlap: 'maybe' }, '/overlap', 'expected one of "allow", "forbid"; got "maybe"'],
    [{ timeoutMs: 1.5 }, '/timeoutMs', 'expected whole milliseconds; got 1.5'],
    [{ argv: [] }, '/argv', 'expected at least 1 item; got []'],
    [{ name: 'longer than that' }, '/name', 'expected at most 12 characters; got "longer than that"'],
    [{ weight: 0 }, '/weight', 'expected more than 0; got 0'],
    [{ at: 'noon' }, '/at', 'expected a time with its zone, such as 2026-01-31T10:00:00Z; got "noon"'],
    [{ env: { '1': 'x' } }, '/env/1', 'name of a field: expected text that matches /^[a-z]+$/; got "1"'],
    [{ tier: true }, '/tier', 'expected a number or an object; got true'],
    [{ tier: { ms: 'x' } }, '/tier/ms', 'expected a number; got "x"'],
  ])('of %j is described with the expected and the given value', (change, path, message) => {
    expect(messages({ ...valid, ...change })).toEqual({ [path]: message });
  });

  test('a body that is no object has an empty path', () => {
    expect(messages([])).toEqual({ '': 'expected an object; got []' });
  });
});
