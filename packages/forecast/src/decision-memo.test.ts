import { type Decision, parsePolicy } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { expect, it } from 'vitest';
import { DecisionMemo } from './decision-memo.js';
import type { AttemptFacts, Work } from './work.js';

const input = { argv: ['make', 'all'] };
const WORK: Work = {
  ...{ kind: 'command', input, jobClass: classify({ kind: 'command', input }), tenant: 'acme' },
  ...{ tier: 'default', stream: false, limits: {} },
};
const FIRST: AttemptFacts = { number: 1, startedAtMs: 1_000_000, spentMs: 0, worker: 'w1' };

function memoised() {
  const policy = parsePolicy({});
  const memo = new DecisionMemo(policy);
  const history = { version: {} as object | undefined };
  let made = 0;
  const decide = (work: Partial<Work> = {}, attempt: Partial<AttemptFacts> = {}) =>
    memo.get(
      history.version,
      { work: { ...WORK, ...work }, attempt: { ...FIRST, ...attempt } },
      () => ({ deadlineMs: (made += 1) }) as Decision,
    ).deadlineMs;
  return { policy, history, decide };
}

it('keeps a decision for the next job that is alike', () => {
  const { decide } = memoised();
  expect([decide(), decide({ input: { argv: ['make', 'other'] } }, { startedAtMs: 1_000_500 })]).toEqual([1, 1]);
});

it('decides again once history was read again, and always where it has no version', () => {
  const { decide, history } = memoised();
  decide();
  history.version = {};
  expect([decide(), decide()]).toEqual([2, 2]);
  history.version = undefined;
  expect([decide(), decide()]).toEqual([3, 4]);
});

it('decides again once a section of the policy was replaced', () => {
  const { decide, policy } = memoised();
  decide();
  Object.assign(policy, { tiers: { ...policy.tiers } });
  expect([decide(), decide()]).toEqual([2, 2]);
});

const OTHERS: Record<string, [Partial<Work>, Partial<AttemptFacts>?]> = {
  tier: [{ tier: 'gold' }],
  stream: [{ stream: true }],
  profile: [{ profile: 'speed' }],
  limits: [{ limits: { timeoutMs: 5_000 } }],
  kind: [{ kind: 'own' }],
  'form of output': [{ input: { ...input, format: 'stream-json' } }],
  complexity: [{ jobClass: classify({ kind: 'command', input, complexity: 'high' }) }],
  worker: [{}, { worker: 'w2' }],
  'start-up time': [{}, { coldStart: { allowanceMs: 1, everywhere: false } }],
};
for (const [name, [work, attempt]] of Object.entries(OTHERS))
  it(`gives no decision to a job with another ${name}`, () => {
    const { decide } = memoised();
    decide();
    expect([decide(work, attempt), decide(work, attempt)]).toEqual([2, 2]);
  });

const ALONE: Record<string, [Partial<Work>, Partial<AttemptFacts>?]> = {
  'an attempt that is not the first': [{}, { number: 2 }],
  'a job that has used part of its time': [{}, { spentMs: 1 }],
  'a step of a workflow': [{}, { step: { leftMs: 1, ofRest: 1, behind: 0 } }],
  'a job that has to be done by a moment': [{ limits: { completeBy: '2030-01-01T00:00:00Z' } }],
};
for (const [name, [work, attempt]] of Object.entries(ALONE))
  it(`keeps no decision of ${name}`, () => {
    const { decide } = memoised();
    decide();
    expect([decide(work, attempt), decide(work, attempt)]).toEqual([2, 3]);
  });
