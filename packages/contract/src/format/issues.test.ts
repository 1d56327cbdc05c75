import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssues } from './issues.js';

const schema = z.strictObject({
  name: z.string(),
  argv: z.array(z.string()).min(1),
  attempts: z.int().min(1).optional(),
  timeoutMs: z.int({ error: 'expected whole milliseconds' }).optional(),
  overlap: z.enum(['allow', 'forbid']).optional(),
});

function messages(input: unknown): Record<string, string> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return {};
  return Object.fromEntries(describeIssues(parsed.error, input).map(({ path, message }) => [path, message]));
}
const valid = { name: 'x', argv: ['ls'] };

describe('what is wrong with an input, in words of ours', () => {
  test('a field that is not there is called missing, with what belongs there', () => {
    expect(messages({})).toEqual({ '/name': 'is missing; expected a string', '/argv': 'is missing; expected a list' });
  });

  test.each([
    [{ argv: 'ls' }, '/argv', 'expected a list; got "ls"'],
    [{ argv: [5] }, '/argv/0', 'expected a string; got 5'],
    [{ name: null }, '/name', 'expected a string; got null'],
    [{ attempts: 0 }, '/attempts', 'expected number to be >=1; got 0'],
    [{ overlap: 'maybe' }, '/overlap', 'expected one of "allow"|"forbid"; got "maybe"'],
    [{ timeoutMs: 1.5 }, '/timeoutMs', 'expected whole milliseconds; got 1.5'],
  ])('%j names what was expected and what was given', (change, path, message) => {
    expect(messages({ ...valid, ...change })).toEqual({ [path]: message });
  });

  test('a body that is no object at all', () => {
    expect(messages([])).toEqual({ '': 'expected an object; got []' });
  });
});
