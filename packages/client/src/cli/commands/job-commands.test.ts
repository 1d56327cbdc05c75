import { describe, expect, test } from 'vitest';
import { DECISION, jobReply, scriptedCli } from '../../../testing/scripted-cli.js';
import { json } from '../../../testing/scripted-server.js';

const cli = scriptedCli();

describe('leeway get', () => {
  test('shows the decision, the attempts, why the job ended and what can be done with it', async () => {
    const stopped = { outcome: 'stopped', cause: 'deadline', durationMs: 12_010, allowedMs: null };
    const first = { number: 1, worker: 'w1', decision: DECISION, ...stopped };
    const second = {
      ...first,
      ...{ number: 2, outcome: 'succeeded', cause: null, durationMs: 30_000, allowedMs: 40_000 },
      decision: { ...DECISION, deadlineMs: 24_000 },
    };
    const facts = { state: 'failed', cause: 'deadline', attempts: [first, second], queuedMs: 12, savedMs: 588_000 };
    const run = await cli.run(['get', 'job-12345678'], json(jobReply(facts)));
    expect(run.out.split('\n')).toEqual([
      'job-12345678  failed: The attempt reached its deadline and was stopped.',
      'class      command/node',
      'deadline   12 s: twice what 19 of 20 of 40 runs took.',
      'waited     12 ms',
      'attempt 1  stopped after 12 s of 12 s allowed (deadline) on w1',
      'attempt 2  succeeded after 30 s of 40 s allowed, 24 s at first on w1',
      'saved      9 min 48 s against the static limit',
      'controls   retry',
      '',
    ]);
  });

  test('shows which provider a job waits for, until when and why (F145)', async () => {
    const until = '2026-11-21T10:00:00.000Z';
    const waitingFor = { provider: 'openai', state: 'parked', until, reason: 'it answered 429' };
    const run = await cli.run(['get', 'x'], json(jobReply({ waitingFor })));
    expect(run.out).toContain('waits for  openai, parked until 2026-11-21T10:00:00.000Z: it answered 429\n');
  });

  test('shows the state of a webhook (F169)', async () => {
    const webhook = { url: 'https://hooks.example.com/leeway', state: 'given_up', attempts: 2, lastError: 'HTTP 500' };
    const run = await cli.run(['get', 'x'], json(jobReply({ webhook })));
    expect(run.out).toContain('webhook    given_up, 2 tries: HTTP 500\n');
  });

  test('shows no controls for a step of a workflow that has ended: its workflow has them', async () => {
    const step = jobReply({ state: 'failed', cause: 'error', workflow: { id: 'flow-1', step: 'plan' } });
    const { out } = await cli.run(['get', 'x'], json(step));
    expect(out).toContain('step       plan of flow-1\n');
    expect(out).not.toContain('controls');
  });
});

describe('leeway list', () => {
  const page = json({ jobs: [jobReply(), jobReply({ id: 'job-2', state: 'running', late: true })], next: 'more' });

  test('filters, stops at the limit and prints a table', async () => {
    const run = await cli.run(['list', '--state', 'running', '--limit', '2'], page);
    expect(cli.seen.map(({ url }) => url)).toEqual(['/v1/jobs?state=running&limit=2']);
    const rows = run.out.split('\n').slice(0, 3);
    expect(rows.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['ID', 'STATE'],
      ['job-12345678', 'queued'],
      ['job-2', 'late'],
    ]);
  });

  test('prints JSON with --json, also where that comes before the command', async () => {
    const run = await cli.run(['--json', 'list', '--limit', '1'], page);
    expect(JSON.parse(run.out)).toMatchObject({ jobs: [{ id: 'job-12345678' }] });
  });

  test('fits into 80 columns with the longest cause', async () => {
    const names = { id: 'j0mwq8wulv2nuhhj9cqoawpgm8', class: 'command/node/x/@some-long-label' };
    const long = jobReply({ ...names, state: 'failed', cause: 'first_output' });
    const run = await cli.run(['list'], json({ jobs: [long], next: null }), { columns: 80 });
    expect(Math.max(...run.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(run.out).toContain('failed (first_output)');
  });
});
