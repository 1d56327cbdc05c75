import { expect, it } from 'vitest';
import type { Decision } from './decision.js';
import { decisionSentence } from './decision-sentence.js';
import { packDecision, unpackDecision } from './stored-decision.js';

const facts: Omit<Decision, 'sentence'> = {
  deadlineMs: 12_000,
  hardCapMs: 86_400_000,
  expectedMs: null,
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
  caps: [{ name: 'tier', limitMs: 12_000, bit: true }],
  override: null,
  policyVersion: 'test',
};

it('a stored decision is read back unchanged, with its sentence', () => {
  const decision: Decision = { ...facts, sentence: decisionSentence(facts) };
  const stored = JSON.stringify(packDecision(decision));
  expect(unpackDecision(JSON.parse(stored) as object)).toEqual(decision);
  expect(stored).not.toContain('null');
  expect(stored).not.toContain('Deadline');
});

it('a sentence that does not follow from the figures is stored, and a null queue wait is absent afterwards', () => {
  const decision: Decision = { ...facts, queueMs: null, sentence: 'The budget of the workflow.' };
  const { queueMs: _, ...rest } = decision;
  expect(unpackDecision(JSON.parse(JSON.stringify(packDecision(decision))) as object)).toEqual(rest);
});
