import { expect, test } from 'vitest';
import { runCli } from '../../testing/run-cli.js';
import { scriptedCli } from '../../testing/scripted-cli.js';
import { json, problem, scriptedServer } from '../../testing/scripted-server.js';

const cli = scriptedCli();
const notFound = problem('job_not_found', 'There is no job job-x');

test('an error is one line with what happened and what to do', async () => {
  expect(await cli.run(['get', 'job-x'], notFound)).toEqual({
    code: 1,
    out: '',
    err: 'leeway: There is no job job-x. Check the id; records are kept for a limited time (7 days by default).\n',
  });
});

test('an error is JSON with --json', async () => {
  const run = await cli.run(['get', 'job-x', '--json'], notFound);
  expect(JSON.parse(run.err)).toMatchObject({ error: { code: 'job_not_found', status: 404, requestId: 'req-1' } });
});

test('the line of an error has one full stop after the detail, whether the API sent one or not', async () => {
  const refusal = { code: 'job_not_found', status: 404, detail: 'There is no job "x".', advice: 'Check the id.' };
  expect((await cli.run(['get', 'x'], json(refusal, 404))).err).toBe('leeway: There is no job "x". Check the id.\n');
});

test('a server that is away is one line with advice', async () => {
  const server = await scriptedServer(json({}));
  await server.close();
  const run = await runCli(['workers'], { url: server.url });
  expect(run).toEqual({
    code: 1,
    out: '',
    err: `leeway: cannot reach ${server.url}: nothing listens there. Check that Leeway is running (npm start) and that the address is right.\n`,
  });
});

test.each([
  [['lisst'], 'unknown command'],
  [['run'], 'nothing to run'],
  [['submit', '--timeout', '30', 'true'], 'expected a duration with a unit'],
  [['submit', '--kind', 'chat', 'true'], 'takes its input from --input'],
  [['submit', '--input', '{', 'true'], 'expected JSON'],
  [['list', '--state', 'gone'], 'Allowed choices are'],
  [['--url', 'nowhere', 'list'], '--url: expected an http or https address'],
])('%j is a usage error that prints "%s", exits with 2 and sends nothing', async (args, text) => {
  const run = await runCli(args);
  expect(run.code).toBe(2);
  expect(run.err).toContain(text);
});

test('an empty LEEWAY_URL counts as none', async () => {
  expect((await runCli(['--url', '', 'workers'], { url: '' })).err).toContain('--url: expected');
});
