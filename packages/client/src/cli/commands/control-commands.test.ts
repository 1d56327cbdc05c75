import { describe, expect, test } from 'vitest';
import { scriptedCli } from '../../../testing/scripted-cli.js';
import { json, problem, type Answer } from '../../../testing/scripted-server.js';

const ID = 'job-12345678';
const cli = scriptedCli();
const reply = (done: string, state = 'running') => json({ done, job: { id: ID, state } });

describe('a control command', () => {
  test.each([
    [['pause', ID], `POST /v1/jobs/${ID}/pause`, 'paused', 'paused'],
    [['resume', ID], `POST /v1/jobs/${ID}/resume`, 'resumed', 'resumed'],
    [['retry', ID], `POST /v1/jobs/${ID}/retry`, 'retried', 'has new attempts'],
    [['limits', ID, '--timeout', '2m'], `PATCH /v1/jobs/${ID}`, 'changed', 'has the new limits'],
    [['resume', ID], `POST /v1/jobs/${ID}/resume`, 'already', 'unchanged: it is running already'],
    [['resume', ID], `POST /v1/jobs/${ID}/resume`, 'requested', 'requested; its worker has not confirmed it yet'],
    [['cancel', ID], `POST /v1/jobs/${ID}/cancel`, 'cancelled', 'cancelled'],
    [['cancel', ID], `POST /v1/jobs/${ID}/cancel`, 'killed', 'ended by force: it did not stop when asked'],
    [['cancel', ID], `POST /v1/jobs/${ID}/cancel`, 'too_late', 'unchanged: it had ended already'],
  ])('%j calls "%s" and prints the result "%s" as "%s" (F86)', async (args, call, done, text) => {
    const run = await cli.run(args, reply(done));
    expect(run).toEqual({ code: 0, out: `${ID}  ${text}\n`, err: '' });
    expect(cli.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([call]);
  });

  test('that the API refuses prints the reason in one line and exits with 1', async () => {
    const run = await cli.run(['pause', ID], problem('conflict', 'A running job of this kind cannot be paused', {}));
    expect(run).toMatchObject({ code: 1, err: expect.stringContaining('A running job of this kind cannot be paused') });
  });
});

describe('leeway limits', () => {
  test('sends only what was given, in milliseconds (F97)', async () => {
    const by = '2030-01-01T00:00:00Z';
    await cli.run(['limits', ID, '--idle', '15s', '--overall', '1h', '--complete-by', by], reply('changed'));
    expect(cli.body()).toEqual({ limits: { idleMs: 15_000, overallMs: 3_600_000 }, completeBy: by });
  });

  test('without a limit is a usage error, and nothing is sent', async () => {
    const run = await cli.run(['limits', ID], reply('changed'));
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining('no limit to change was given') });
    expect(cli.seen).toEqual([]);
  });
});

describe('leeway retry', () => {
  test('sends the number of new attempts', async () => {
    await cli.run(['retry', ID, '--attempts', '3'], reply('retried'));
    expect(cli.body()).toEqual({ attempts: 3 });
  });

  test('--state retries many jobs, call after call, and names those that it could not (F86)', async () => {
    const pages = [
      json({ retried: ['a', 'b'], left: ['c'], next: 'there' }),
      json({ retried: ['d'], left: [], next: null }),
    ];
    const run = await cli.run(['retry', '--state', 'failed', '--cause', 'provider'], (request, response) =>
      (pages.shift() as Answer)(request, response),
    );
    expect(run.code).toBe(0);
    expect(run.out).toContain('c  unchanged: it cannot be retried');
    expect(run.out).toContain('3 jobs retried, 1 unchanged');
    expect([cli.body(0), cli.body(1)]).toEqual([
      { state: 'failed', cause: 'provider', limit: 100 },
      { state: 'failed', cause: 'provider', limit: 98, cursor: 'there' },
    ]);
  });

  test('without an id and without a state is a usage error', async () => {
    const run = await cli.run(['retry'], reply('retried'));
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining('which jobs?') });
  });
});
