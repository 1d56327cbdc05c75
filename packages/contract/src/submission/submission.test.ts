import { describe, expect, test } from 'vitest';
import { readAs } from '../format/issues.js';
import { limitChangesSchema } from './limit-changes.js';
import { parsePolicy } from '../policy/policy.js';
import { parseSubmission } from './parse-submission.js';
import { submissionSchema } from './submission.js';

const asking = { kind: 'command', input: {}, attempts: 3 };

test('the schema of a submission is built once for each version of the policy', () => {
  const policy = parsePolicy();
  const before = submissionSchema(policy);
  expect(submissionSchema(policy)).toBe(before);
  expect(before.safeParse(asking).success).toBe(true);
  // A reload changes the sections of the same object.
  Object.assign(policy, parsePolicy({ limits: { maxAttempts: 2 } }));
  expect(submissionSchema(policy).safeParse(asking).success).toBe(false);
});

const HINT = '(leave it out for a learned deadline; "none" is no timeout, where the tier allows it)';

describe('timeoutMs', () => {
  const policy = parsePolicy({ limits: { maxAttemptMs: 60_000 } });
  const body = (timeoutMs: unknown) => ({ kind: 'command', input: { argv: ['ls'] }, timeoutMs });
  const read = (timeoutMs: unknown) => parseSubmission(body(timeoutMs), { policy, kinds: ['command'] });

  test.each([1, 60_000, 'none', undefined])('may be %s (F23)', (timeoutMs) => {
    expect(read(timeoutMs).timeoutMs).toBe(timeoutMs);
  });

  test.each([
    [0, `expected at least 1 ms ${HINT}; got 0`],
    [-5, `expected at least 1 ms ${HINT}; got -5`],
    [null, `expected whole milliseconds ${HINT}; got null`],
    ['never', `expected whole milliseconds ${HINT}; got "never"`],
    ['None', `expected whole milliseconds ${HINT}; got "None"`],
    ['', `expected whole milliseconds ${HINT}; got ""`],
    ['60000', `expected whole milliseconds ${HINT}; got "60000"`],
    [['none'], `expected whole milliseconds ${HINT}; got ["none"]`],
    [1.5, 'expected whole milliseconds; got 1.5'],
    [60_001, 'expected at most 60000 ms; got 60001'],
    [1e300, 'expected at most 60000 ms; got 1e+300'],
  ])('refuses %j, and names what would be accepted (F23, F92)', (timeoutMs, message) => {
    const refusal = expect.objectContaining({
      code: 'invalid_request',
      details: expect.objectContaining({ errors: [{ path: '/timeoutMs', message }] }),
    });
    expect(() => read(timeoutMs)).toThrow(refusal);
    expect(() => readAs(limitChangesSchema(policy), { timeoutMs })).toThrow(refusal);
  });

  test('with "none" allows windows of any length (F23)', () => {
    const asked = { ...body('none'), limits: { idleMs: 60_000 } };
    expect(parseSubmission(asked, { policy, kinds: ['command'] }).limits).toEqual({ idleMs: 60_000 });
  });

  test('is for the steps of a workflow, with the same messages (F23)', () => {
    const step = { name: 'one', ...body('none') };
    const workflow = { kind: 'workflow', input: { steps: [step] } };
    const rules = { policy, kinds: ['command', 'workflow'] };
    expect(parseSubmission(workflow, rules).input).toMatchObject({ steps: [{ timeoutMs: 'none' }] });
    expect(() => parseSubmission({ ...workflow, timeoutMs: 'none' }, rules)).toThrow('belongs to the steps');
  });
});
