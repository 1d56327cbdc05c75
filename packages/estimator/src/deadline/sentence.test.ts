import { decisionSentence, type Cap, type Decision } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';
import { decide } from './decide.js';

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

describe('the sentence of a decision', () => {
  it('has no tense of its own: it is true before, during and after the attempt', () => {
    expect(decisionSentence(learned)).toBe(
      'Deadline 12 s: 2 times 6 s; 95 % of the last 20 runs of command/git/fetch took no longer than that.',
    );
  });

  it('has the number of runs where they are too few (F7, F10)', () => {
    const prior = { ...learned, basis: 'prior', level: null, baseMs: null, margin: null, quantile: null } as const;
    expect(decisionSentence({ ...prior, deadlineMs: 600_000, samples: 0 })).toBe(
      'Deadline 10 min: nothing like it has run yet, so the wide default of the policy applies.',
    );
    expect(decisionSentence({ ...prior, deadlineMs: 600_000, samples: 3 })).toContain(
      'only 3 runs like it have ended yet, so',
    );
  });

  it('names the durations of all tenants where they are only expected, without a multiple (F7)', () => {
    const prior = { ...learned, basis: 'prior', level: 'command/ffmpeg', baseMs: null, margin: null } as const;
    expect(decisionSentence({ ...prior, deadlineMs: 600_000, expectedMs: 15_000, samples: 60 })).toBe(
      'Deadline 10 min: too little like it has run for this tenant yet, so the wide default of the policy applies; among all tenants half of the runs of command/ffmpeg took no longer than 15 s.',
    );
  });

  it('names both figures where similar work has corrected the usual duration (F7, F41)', () => {
    expect(decisionSentence({ ...learned, basis: 'borrowed', baseMs: 6_000, ratio: 1.5 })).toBe(
      'Deadline 12 s: 2 times 6 s; 95 % of the last 20 runs of command/git/fetch, the nearest work that has enough of them, took no longer than 4 s, and by similar runs 1.5 times that is usual here.',
    );
  });

  it('explains a deadline that follows runs that did not end (F7)', () => {
    expect(withCap('unended', 24_000)).toMatch(
      /95 % of the ended ones among the last 20 runs .* Raised to 24 s: several runs did not end in time, so it follows the longest of them\.$/,
    );
    expect(withCap('hang_bound', 72_000)).toMatch(/Raised to 1 min 12 s: runs that did not end call for more, but /);
  });

  it('has a different verb for a limit that made the deadline longer and one that made it shorter', () => {
    expect(withCap('floor', 2_000)).toMatch(/Raised to 2 s: no deadline is shorter\.$/);
    expect(withCap('retry', 24_000)).toMatch(/Raised to 24 s: more than the deadline that ended the attempt before\.$/);
    expect(withCap('tier', 10_000)).toMatch(/Limited to 10 s: the tier's limit for one attempt\.$/);
  });

  it('of a timeout of the submission does not mention runs that did not end', () => {
    const policy = policyOf();
    const hangs = Array.from({ length: 4 }, () => sample(20_000, { kind: 'censored', deadlineMs: 20_000 }));
    const history = new StoredHistory(policy).add(Array.from({ length: 20 }, () => sample(800))).add(hangs);
    expect(decide(request(history, policy)).sentence).toMatch(
      /Raised to .*: several runs did not end in time|work that keeps hanging/,
    );
    expect(decide(request(history, policy, { timeoutMs: 60_000 })).sentence).toBe(
      'Deadline 1 min: the limit that the submission asked for.',
    );
  });
});
