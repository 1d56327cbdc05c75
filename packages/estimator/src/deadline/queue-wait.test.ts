import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { observe } from '../observe/observe.js';
import { ended, endedJob, policyOf, request, StoredHistory } from '../../testing/written-history.js';

describe('the wait for a worker', () => {
  const policy = policyOf();

  it('is learned from every attempt, with any outcome, and shown as the expected wait (F74)', () => {
    const history = new StoredHistory(policy);
    const decision = decide(request(history, policy));
    expect(decision.queueMs).toBeNull();
    for (const queuedMs of [0, 400, 500, 600, 90_000])
      history.apply(observe(endedJob([ended(decision, { outcome: 'failed', cause: 'error', queuedMs })], { policy })));
    const again = decide(request(history, policy));
    expect(again.queueMs).toBe(500);
    expect(again.deadlineMs).toBe(decision.deadlineMs);
  });

  it('is null without history', () => {
    expect(decide(request(null, policy)).queueMs).toBeNull();
  });
});
