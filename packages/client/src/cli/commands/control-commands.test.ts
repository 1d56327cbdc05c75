import { afterEach, expect, test } from 'vitest';
import { runCli, type CliRun } from '../../../testing/run-cli.js';
import { json, problem, scriptedServer, type Answer, type ScriptedServer } from '../../../testing/scripted-server.js';

const ID = 'job-12345678';
let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function cli(args: string[], answer: Answer): Promise<CliRun> {
  server = await scriptedServer(answer);
  return runCli(args, { url: server.url });
}

const done = (word: string) => json({ done: word, job: { id: ID } });

test.each([
  [['pause', ID], `POST /v1/jobs/${ID}/pause`, 'paused', 'paused'],
  [['resume', ID], `POST /v1/jobs/${ID}/resume`, 'resumed', 'goes on'],
  [['retry', ID], `POST /v1/jobs/${ID}/retry`, 'retried', 'has new attempts'],
  [['limits', ID, '--timeout', '2m'], `PATCH /v1/jobs/${ID}`, 'changed', 'has the new limits'],
  [['pause', ID], `POST /v1/jobs/${ID}/pause`, 'already', 'was so before; nothing was done'],
  [['resume', ID], `POST /v1/jobs/${ID}/resume`, 'requested', 'its worker has been told and has not confirmed yet'],
])('%j says what was done (F86)', async (args, call, word, words) => {
  const run = await cli(args, done(word));
  expect(run).toEqual({ code: 0, out: `${ID}  ${words}\n`, err: '' });
  expect(server!.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([call]);
});

test('limits sends only what was given, in milliseconds (F97)', async () => {
  const by = '2030-01-01T00:00:00Z';
  await cli(['limits', ID, '--idle', '15s', '--overall', '1h', '--complete-by', by], done('changed'));
  expect(JSON.parse(server!.seen[0]!.body)).toEqual({
    limits: { idleMs: 15_000, overallMs: 3_600_000 },
    completeBy: by,
  });
});

test('retry sends how many attempts it gets', async () => {
  await cli(['retry', ID, '--attempts', '3'], done('retried'));
  expect(JSON.parse(server!.seen[0]!.body)).toEqual({ attempts: 3 });
});

test('retry --state tries many again, call after call (F86)', async () => {
  const pages = [
    json({ retried: ['a', 'b'], left: ['c'], next: 'there' }),
    json({ retried: ['d'], left: [], next: null }),
  ];
  const run = await cli(['retry', '--state', 'failed', '--cause', 'provider'], (request, response) =>
    (pages.shift() as Answer)(request, response),
  );
  expect(run.code).toBe(0);
  expect(run.out).toContain('c  was left as it is');
  expect(run.out).toContain('3 tried again, 1 left');
  expect(server!.seen.map(({ body }) => JSON.parse(body))).toEqual([
    { state: 'failed', cause: 'provider', limit: 100 },
    { state: 'failed', cause: 'provider', limit: 98, cursor: 'there' },
  ]);
});

test('retry without an id and without a state is wrong usage', async () => {
  const run = await cli(['retry'], done('retried'));
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining('which jobs?') });
});

test('limits without a limit is wrong usage, and nothing is sent', async () => {
  const run = await cli(['limits', ID], done('changed'));
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining('no limit to change was given') });
  expect(server!.seen).toEqual([]);
});

test('what cannot be done is one line with advice, and exit code 1', async () => {
  const run = await cli(['pause', ID], problem('conflict', 'A running job of this kind cannot be paused', {}));
  expect(run).toMatchObject({ code: 1, err: expect.stringContaining('A running job of this kind cannot be paused') });
});
