import type { StepInfo } from '@leeway/contract';
import { expect, it } from 'vitest';
import { stepsSection } from './steps-section.js';

const NOW_MS = Date.parse('2026-11-21T10:00:30.000Z');
const step = (name: string, more: Partial<StepInfo> = {}): StepInfo => ({
  ...{ name, kind: 'command', class: 'command/echo', needs: [], critical: false, onFailure: 'fail', share: 0.5 },
  ...{ state: 'waiting', cause: null, job: null, allocationMs: null, usedMs: null, startedAt: null, endedAt: null },
  ...more,
});
const shown = (steps: StepInfo[], workingSince: string | null = null) =>
  stepsSection({ steps, budget: { mode: 'deep3', totalMs: 120_000, spentMs: 10_000, workingSince } }, NOW_MS).text;

it('the table of steps shows the time that each step got and used (F99)', () => {
  const text = shown([
    step('plan', { state: 'succeeded', job: 'flow-1-s1', allocationMs: 36_000, usedMs: 9_000 }),
    step('write', { needs: ['plan'], critical: true }),
  ]);
  expect(text).toContain('<a class="job" href="/jobs/flow-1-s1">plan</a>');
  expect(text).toContain('9 s of 36 s');
  expect(text).toContain('<strong>write</strong>');
  expect(text).toContain('· critical');
  expect(text).toContain('Waiting for the steps that it needs');
});

it('the table of steps counts the time of a running step and of the workflow', () => {
  const since = '2026-11-21T10:00:10.000Z';
  const text = shown([step('plan', { state: 'running', job: 'j', allocationMs: 36_000, startedAt: since })], since);
  expect(text).toContain('20 s of 36 s');
  expect(text).toContain('30 s of 2 min (mode deep3) used; running.');
});

it('the table of steps shows why a step failed, and that the workflow continues without it', () => {
  const text = shown([step('plan', { state: 'failed', cause: 'error', onFailure: 'continue', job: 'j', usedMs: 5 })]);
  expect(text).toContain('The work itself failed');
  expect(text).toContain('The workflow continues without it.');
});

it('the table of steps is empty for a job that is no workflow', () => {
  expect(stepsSection({ steps: null, budget: null }, NOW_MS).text).toBe('');
});
