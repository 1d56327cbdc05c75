import { expect, test } from 'vitest';
import { parsePolicy } from './policy/policy.js';
import { submissionSchema } from './submission.js';

const asking = { kind: 'command', input: {}, attempts: 3 };

test('the schema of a submission is built once, and again when the policy was read again', () => {
  const policy = parsePolicy();
  const before = submissionSchema(policy);
  expect(submissionSchema(policy)).toBe(before);
  expect(before.safeParse(asking).success).toBe(true);
  // As the policy of a running process changes: the same object, new sections.
  Object.assign(policy, parsePolicy({ limits: { maxAttempts: 2 } }));
  expect(submissionSchema(policy).safeParse(asking).success).toBe(false);
});
