import type { JobEvent } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { runCli, type CliRun } from '../../testing/run-cli.js';
import { json, scriptedServer, sse, stream, type Answer } from '../../testing/scripted-server.js';
import { eventNote } from './event-note.js';

const step = (name: string, more: object = {}) => ({
  ...{ name, kind: 'command', class: 'command/echo', needs: [], critical: false, onFailure: 'fail', share: 0.5 },
  ...{ state: 'waiting', cause: null, job: null, allocationMs: null, usedMs: null, startedAt: null, endedAt: null },
  ...more,
});
const workflow = (more: object = {}) => ({
  ...{ id: 'flow-12345678', kind: 'workflow', class: 'workflow', label: null, state: 'running', cause: null },
  ...{ late: false, decision: null, attempts: [], queuedMs: null, error: null, savedMs: null, result: null },
  budget: { mode: 'deep3', totalMs: 120_000, spentMs: 9_000, workingSince: null },
  workflow: null,
  steps: [
    step('plan', { state: 'succeeded', allocationMs: 36_000, usedMs: 9_000, job: 'flow-12345678-s1' }),
    step('write', { state: 'running', allocationMs: 54_000, needs: ['plan'], job: 'flow-12345678-s2' }),
    step('publish', { needs: ['write'] }),
  ],
  ...more,
});

async function cli(args: string[], answers: [Answer, ...Answer[]]): Promise<CliRun> {
  const server = await scriptedServer(...answers);
  try {
    return await runCli(args, { url: server.url });
  } finally {
    await server.close();
  }
}

test('get shows the steps of a workflow with their time (F99)', async () => {
  const { out } = await cli(['get', 'flow-12345678'], [json(workflow())]);
  expect(out).toContain('budget     9 s of 2 min used (mode deep3)\n');
  expect(out).toContain('step       plan     succeeded after 9 s of 36 s  flow-12345678-s1\n');
  expect(out).toContain('step       write    running, may use 54 s  flow-12345678-s2\n');
  expect(out).toContain('step       publish  waiting\n');
});

test('watch tells what the steps do, and ends with what the last of them returned', async () => {
  const result = { steps: { plan: { stdout: 'a plan' }, publish: { stdout: 'published' } }, leftOut: [] };
  const ended = workflow({ state: 'succeeded', result });
  const began = sse('1-0', 'step_started', { step: 'plan', allocationMs: 36_000, leftMs: 120_000 });
  const events = stream(began + sse('2-0', 'finished', { state: 'succeeded' }));
  const { out, err } = await cli(
    ['watch', 'flow-12345678'],
    [events, json(ended), json({ chunks: [], truncated: false })],
  );
  expect(out).toBe('published\n');
  expect(err).toContain('leeway: step plan began: 36 s of the 2 min that are left\n');
});

describe('what a step did, in words', () => {
  const note = (type: JobEvent['type'], data: object) =>
    eventNote({ id: '1-0', type, at: '2026-11-21T10:00:00.000Z', attempt: null, data });

  it.each([
    [note('step_extended', { step: 'a', allocationMs: 20_000 }), 'step a goes on, up to 20 s'],
    [note('step_ended', { step: 'a', state: 'succeeded', cause: '', usedMs: 1_000 }), 'step a succeeded after 1 s'],
    [note('step_ended', { step: 'a', state: 'failed', cause: 'error', usedMs: 0 }), 'step a failed after 0 ms (error)'],
    [note('step_ended', { step: 'a', state: 'skipped' }), 'step a skipped'],
  ])('%s', (said, words) => expect(said).toBe(words));
});
