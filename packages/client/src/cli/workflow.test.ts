import type { JobEvent } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { jobReply, scriptedCli } from '../../testing/scripted-cli.js';
import { json, sse, stream } from '../../testing/scripted-server.js';
import { eventNote } from './event-note.js';

const cli = scriptedCli();

const step = (name: string, more: object = {}) => ({
  ...{ name, kind: 'command', class: 'command/echo', needs: [], critical: false, onFailure: 'fail', share: 0.5 },
  ...{ state: 'waiting', cause: null, job: null, allocationMs: null, usedMs: null, startedAt: null, endedAt: null },
  ...more,
});
const workflow = (more: object = {}) =>
  jobReply({
    ...{ id: 'flow-12345678', kind: 'workflow', class: 'workflow', state: 'running', decision: null },
    budget: { mode: 'deep3', totalMs: 120_000, spentMs: 9_000, workingSince: null },
    steps: [
      step('plan', { state: 'succeeded', allocationMs: 36_000, usedMs: 9_000, job: 'flow-12345678-s1' }),
      step('write', { state: 'running', allocationMs: 54_000, needs: ['plan'], job: 'flow-12345678-s2' }),
      step('publish', { needs: ['write'] }),
    ],
    ...more,
  });

test('leeway get shows the steps of a workflow with their time (F99)', async () => {
  const { out } = await cli.run(['get', 'flow-12345678'], json(workflow()));
  expect(out).toContain('budget     9 s of 2 min used (mode deep3)\n');
  expect(out).toContain('step       plan     succeeded after 9 s of 36 s  flow-12345678-s1\n');
  expect(out).toContain('step       write    running, may use 54 s  flow-12345678-s2\n');
  expect(out).toContain('step       publish  waiting\n');
});

test('leeway watch prints the events of the steps, and at the end the results of the last ones', async () => {
  const result = { steps: { plan: { stdout: 'a plan' }, publish: { stdout: 'published' } }, leftOut: [] };
  const ended = workflow({ state: 'succeeded', result });
  const started = sse('1-0', 'step_started', { step: 'plan', allocationMs: 36_000, leftMs: 120_000 });
  const events = stream(started + sse('2-0', 'finished', { state: 'succeeded' }));
  const replies = [events, json(ended), json({ chunks: [], truncated: false })] as const;
  const { out, err } = await cli.run(['watch', 'flow-12345678'], replies);
  expect(out).toBe('published\n');
  expect(err).toContain('leeway: step plan started: 36 s of the 2 min that are left\n');
});

describe('the event of a step', () => {
  const note = (type: JobEvent['type'], data: object) =>
    eventNote({ id: '1-0', type, at: '2026-11-21T10:00:00.000Z', attempt: null, data });

  it.each([
    [note('step_extended', { step: 'a', allocationMs: 20_000 }), 'step a got more time, 20 s in all'],
    [note('step_ended', { step: 'a', state: 'succeeded', cause: '', usedMs: 1_000 }), 'step a succeeded after 1 s'],
    [note('step_ended', { step: 'a', state: 'failed', cause: 'error', usedMs: 0 }), 'step a failed after 0 ms (error)'],
    [note('step_ended', { step: 'a', state: 'skipped' }), 'step a skipped'],
  ])('is shown as "%s"', (shown, text) => expect(shown).toBe(text));
});
