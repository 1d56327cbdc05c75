import type { Cap, Decision } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { decisionSentence } from './sentence.js';

const learned: Omit<Decision, 'sentence'> = {
  deadlineMs: 12_000,
  hardCapMs: 86_400_000,
  expectedMs: 4_600,
  lateMs: 6_000,
  firstOutputMs: null,
  idleMs: null,
  toolMs: null,
  basis: 'history',
  level: 'command/git/fetch',
  samples: 20,
  censored: 0,
  quantile: 0.95,
  baseMs: 6_000,
  margin: 2,
  loadFactor: 1,
  loadEvidence: null,
  confidence: 1,
  caps: [],
  override: null,
  policyVersion: 'test',
};
const withCap = (name: Cap['name'], limitMs: number) =>
  decisionSentence({ ...learned, deadlineMs: limitMs, caps: [{ name, limitMs, bit: true }] });

describe('a decision in words', () => {
  it('is true before the attempt, while it runs, and after it, however it ended', () => {
    expect(decisionSentence(learned)).toBe(
      'Deadline 12 s: 2 times 6 s; 95 % of the last 20 runs of command/git/fetch took no longer than that.',
    );
  });

  it('says whether a bound made the deadline longer or shorter', () => {
    expect(withCap('floor', 2_000)).toMatch(/Raised to 2 s: no deadline is shorter\.$/);
    expect(withCap('retry', 24_000)).toMatch(/Raised to 24 s: more than the deadline that ended the attempt before\.$/);
    expect(withCap('tier', 10_000)).toMatch(/Limited to 10 s: the tier's limit for one attempt\.$/);
  });
});
