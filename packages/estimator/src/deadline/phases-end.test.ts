import { kindPolicy, parsePolicy } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { GIT_STATUS, NOW_MS, TENANT } from '../../testing/written-history.js';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';

const policy = parsePolicy();
const MINUTE_MS = 60_000;

/** The decision for an attempt whose prior is ten minutes. */
const decided = (changes: Partial<DecisionRequest>) =>
  decide({
    ...{ jobClass: GIT_STATUS, tenant: TENANT, policy, history: null, nowMs: NOW_MS, attempt: 1 },
    kind: kindPolicy(policy, 'command'),
    phases: { most: 5, windowMs: MINUTE_MS },
    ...changes,
  });

describe('an attempt that ends with its last phase', () => {
  it('has the end of that phase as its deadline, its hard cap and its reason (F106)', () => {
    expect(decided({ phases: undefined }).deadlineMs).toBe(10 * MINUTE_MS);
    const decision = decided({});
    expect(decision).toMatchObject({
      deadlineMs: 5 * MINUTE_MS,
      hardCapMs: 5 * MINUTE_MS,
      sentence: expect.stringContaining('the end of its last phase'),
    });
    expect(decision.caps.filter(({ bit }) => bit)).toEqual([{ name: 'phases', limitMs: 5 * MINUTE_MS, bit: true }]);
  });

  it('has as many whole phases as fit, also into a timeout of the submission', () => {
    expect(decided({ timeoutMs: 150_000 }).deadlineMs).toBe(2 * MINUTE_MS);
    expect(decided({ timeoutMs: 50_000 }).deadlineMs).toBe(50_000);
  });

  it('is not ended by phases without a timeout', () => {
    expect(decided({ timeoutMs: 'none' }).deadlineMs).toBe(policy.limits.maxAttemptMs);
  });

  it('has no idle window beyond its end', () => {
    expect(decided({ limits: { idleMs: 6 * MINUTE_MS } }).idleMs).toBe(5 * MINUTE_MS);
  });
});
