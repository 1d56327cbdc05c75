import { afterEach, expect, test } from 'vitest';
import { runCli, type CliOptions, type CliRun } from '../../testing/run-cli.js';
import {
  json,
  problem,
  scriptedServer,
  sse,
  stream,
  type Answer,
  type ScriptedServer,
} from '../../testing/scripted-server.js';

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function cli(args: string[], answers: [Answer, ...Answer[]], options: CliOptions = {}): Promise<CliRun> {
  server = await scriptedServer(...answers);
  return runCli(args, { url: server.url, ...options });
}

const sent = (index = 0) => JSON.parse(server!.seen[index]!.body) as Record<string, unknown>;
const decision = {
  deadlineMs: 12_000,
  expectedMs: 5_000,
  lateMs: 8_000,
  caps: [],
  sentence: 'Deadline 12 s: twice what 19 of 20 of 40 runs took.',
};
const job = (fields: object = {}) => ({
  ...{
    id: 'job-12345678',
    kind: 'command',
    class: 'command/node',
    label: null,
    state: 'queued',
    cause: null,
    late: false,
  },
  ...{ decision, attempts: [], error: null, result: null, queuedMs: null, savedMs: null, ...fields },
});

/** A server on which a job runs with these events and ends like this. */
function oneJob(events: string, ended: object): Answer {
  return (request, response) => {
    if (request.method === 'POST') return json(job(), 202)(request, response);
    if (request.url.endsWith('/events')) return stream(events)(request, response);
    if (request.url.includes('/output')) return json({ chunks: [], truncated: false })(request, response);
    return json(job(ended))(request, response);
  };
}

test('submit sends argv and only the limits that were given, in milliseconds (F1, F3)', async () => {
  const run = await cli(
    ['submit', '--label', 'report', '--timeout', '90s', '--idle', '15s', '--', 'node', '-e', '1', '--json'],
    [json(job(), 202)],
  );
  expect(run).toEqual({ code: 0, out: 'job-12345678\n', err: '' });
  expect(sent()).toEqual({
    kind: 'command',
    input: { argv: ['node', '-e', '1', '--json'] },
    label: 'report',
    timeoutMs: 90_000,
    limits: { idleMs: 15_000 },
  });
});

test('--timeout takes "none", and the estimate shows it (F23)', async () => {
  await cli(['submit', '--timeout', 'none', 'true'], [json(job(), 202)]);
  expect(sent()).toEqual({ kind: 'command', input: { argv: ['true'] }, timeoutMs: 'none' });
  const decision = {
    deadlineMs: 86_400_000,
    expectedMs: 4_000,
    lateMs: null,
    caps: [{ name: 'backstop', limitMs: 86_400_000, bit: true }],
    sentence: 'No timeout, as the submission asked.',
  };
  const { out } = await cli(['estimate', '--timeout', 'none', 'true'], [json({ class: 'command/true', decision })]);
  expect(out).toContain('deadline   none\n');
});

test('submit without limits sends none (F3)', async () => {
  await cli(['submit', 'true'], [json(job(), 202)]);
  expect(sent()).toEqual({ kind: 'command', input: { argv: ['true'] } });
});

test.each([
  [['--stream'], { stream: true }],
  [['--no-stream'], { stream: false }],
  [[], {}],
])('submit %j asks for %j (F123)', async (options, expected) => {
  await cli(['submit', ...options, 'true'], [json(job(), 202)]);
  expect(sent()).toEqual({ kind: 'command', input: { argv: ['true'] }, ...expected });
});

test('submit takes folder, environment and standard input', async () => {
  await cli(['submit', '--cwd', 'sub', '--env', 'A=1', '--env', 'B=x=y', '--stdin', '--', 'cat'], [json(job(), 202)], {
    stdin: 'hello',
  });
  expect(sent()['input']).toEqual({ argv: ['cat'], cwd: '/here/sub', env: { A: '1', B: 'x=y' }, stdin: 'hello' });
});

test('submit takes any kind with its input, and a whole job from standard input', async () => {
  await cli(['submit', '--kind', 'chat', '--input', '{"model":"m"}'], [json(job(), 202)]);
  expect(sent()).toEqual({ kind: 'chat', input: { model: 'm' } });
  await server!.close();
  await cli(['submit', '--file', '-', '--attempts', '1'], [json(job(), 202)], { stdin: '{"kind":"chat","input":{}}' });
  expect(sent()).toEqual({ kind: 'chat', input: {}, attempts: 1 });
});

test('submit under a key of the user sends that one', async () => {
  await cli(['submit', '--idempotency-key', 'nightly-1', 'true'], [json(job(), 202)]);
  expect(server!.seen[0]!.headers['idempotency-key']).toBe('nightly-1');
});

test('run passes output and exit code on', async () => {
  const events =
    sse('1', 'started') +
    sse('2', 'output', { stream: 'stdout', text: 'out\n' }) +
    sse('3', 'output', { stream: 'stderr', text: 'oops\n' }) +
    sse('4', 'finished');
  const run = await cli(
    ['run', '-q', '--', 'false'],
    [oneJob(events, { state: 'failed', cause: 'error', result: { exitCode: 3, signal: null } })],
  );
  expect(run).toEqual({ code: 3, out: 'out\n', err: 'oops\n' });
});

test('run says what happened to the job on the way, and why it ended', async () => {
  const ended = { outcome: 'stopped', cause: 'deadline', durationMs: 2_030 };
  const events =
    sse('1', 'started') +
    sse('2', 'attempt_ended', ended) +
    sse('3', 'retrying') +
    sse('4', 'lost', { worker: 'w1' }) +
    sse('5', 'finished');
  const error = { code: 'deadline', message: 'Ended after 4 s.', advice: 'Give it a longer timeoutMs.' };
  const run = await cli(['run', '--', 'sleep', '9'], [oneJob(events, { state: 'failed', cause: 'deadline', error })]);
  expect(run.code).toBe(124);
  expect(run.err.split('\n')).toEqual([
    'leeway: attempt 1 stopped after 2 s (deadline): The attempt reached its deadline and was stopped.',
    'leeway: trying again',
    'leeway: its worker w1 is lost; the job goes to another one',
    'leeway: job-12345678 failed: The attempt reached its deadline and was stopped. Ended after 4 s. Give it a longer timeoutMs.',
    '',
  ]);
});

test('run shows expected and remaining time where somebody watches', async () => {
  const startedAt = new Date(Date.now() - 2_000).toISOString();
  const running = { state: 'succeeded', attempts: [{ number: 1, startedAt, deadlineAt: null, decision }] };
  const events: Answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse('1', 'started'));
    setTimeout(() => response.end(sse('2', 'finished')), 600);
  };
  const answer: Answer = (request, response) =>
    request.url.endsWith('/events') ? events(request, response) : oneJob('', running)(request, response);
  const run = await cli(['run', '--', 'sleep', '9'], [answer], { columns: 80 });
  expect(run.err).toMatch(/running for [\d.]+ s · usually 5 s, about [\d.]+ s left · ended at 12 s/);
  expect(run.err.endsWith('\r\u001b[K')).toBe(true);
});

test('run --json prints every event and at last the job', async () => {
  const events = sse('1', 'started') + sse('2', 'output', { stream: 'stdout', text: 'out' }) + sse('3', 'finished');
  const run = await cli(['run', '--json', '--', 'true'], [oneJob(events, { state: 'succeeded' })]);
  const lines = run.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(lines.map((line) => line.type)).toEqual(['started', 'output', 'finished', 'job']);
  expect(run.err).toBe('');
});

test('Ctrl-C in run cancels the job and waits for its end; the exit code is 130', async () => {
  let finish = () => {};
  const answer: Answer = (request, response) => {
    if (request.url.endsWith('/cancel')) {
      finish();
      return json({ done: 'cancelled', job: job({ state: 'cancelled' }) })(request, response);
    }
    if (!request.url.endsWith('/events'))
      return oneJob('', { state: 'cancelled', cause: 'cancelled' })(request, response);
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .write(sse('1', 'output', { stream: 'stdout', text: 'ready\n' }));
    finish = () => void response.end(sse('2', 'finished'));
  };
  const run = await cli(['run', '--', 'sleep', '9'], [answer], {
    onWrite: (text, pressCtrlC) => text === 'ready\n' && pressCtrlC(),
  });
  expect(run.code).toBe(130);
  expect(
    server!.seen
      .filter((request) => request.url.endsWith('/cancel'))
      .map((request) => JSON.parse(request.body) as object),
  ).toEqual([{ reason: 'interrupted at the command line' }]);
});

test('a second Ctrl-C does not wait for the job', async () => {
  const answer: Answer = (request, response) => {
    if (request.url.endsWith('/cancel')) return;
    if (!request.url.endsWith('/events')) return json(job(), 202)(request, response);
    return stream(sse('1', 'output', { stream: 'stdout', text: 'ready\n' }), 'open')(request, response);
  };
  const onWrite = (text: string, pressCtrlC: () => void) => {
    if (text !== 'ready\n') return;
    pressCtrlC();
    pressCtrlC();
  };
  expect((await cli(['run', '--', 'sleep', '9'], [answer], { onWrite })).code).toBe(130);
});

test('run exits with 125 when Leeway is the one that failed', async () => {
  const run = await cli(
    ['run', '--', 'true'],
    [problem('command_not_allowed', '"true" is not among the commands that the policy allows: git')],
  );
  expect(run.code).toBe(125);
  expect(run.err).toBe(
    'leeway: "true" is not among the commands that the policy allows: git. Use an executable that the policy lists, or ask the operator to add it.\n',
  );
});

test('an error is one line that says what happened and what to do; with --json it is JSON', async () => {
  const answers: [Answer] = [problem('job_not_found', 'There is no job job-x')];
  expect(await cli(['get', 'job-x'], answers)).toEqual({
    code: 1,
    out: '',
    err: 'leeway: There is no job job-x. Check the id; records are kept for a limited time (7 days by default).\n',
  });
  await server!.close();
  const run = await cli(['get', 'job-x', '--json'], answers);
  expect(JSON.parse(run.err)).toMatchObject({ error: { code: 'job_not_found', status: 404, requestId: 'req-1' } });
});

test('get shows decision, attempts and the reason of the end', async () => {
  const attempt = { number: 1, worker: 'w1', outcome: 'stopped', cause: 'deadline', durationMs: 12_010, decision };
  const extended = {
    ...attempt,
    ...{ number: 2, outcome: 'succeeded', cause: null, durationMs: 30_000, allowedMs: 40_000 },
    decision: { ...decision, deadlineMs: 24_000 },
  };
  const run = await cli(
    ['get', 'job-12345678'],
    [json(job({ state: 'failed', cause: 'deadline', attempts: [attempt, extended], queuedMs: 12, savedMs: 588_000 }))],
  );
  expect(run.out.split('\n')).toEqual([
    'job-12345678  failed: The attempt reached its deadline and was stopped.',
    'class      command/node',
    'deadline   12 s: twice what 19 of 20 of 40 runs took.',
    'waited     12 ms',
    'attempt 1  stopped after 12 s of 12 s allowed (deadline) on w1',
    'attempt 2  succeeded after 30 s of 40 s allowed, 24 s at first on w1',
    'saved      9 min 48 s against the static limit',
    '',
  ]);
});

test('list filters, stops at the limit, and prints a table or JSON', async () => {
  const answers: [Answer] = [json({ jobs: [job(), job({ id: 'job-2', state: 'running', late: true })], next: 'more' })];
  const run = await cli(['list', '--state', 'running', '--limit', '2'], answers);
  expect(server!.seen.map((request) => request.url)).toEqual(['/v1/jobs?state=running&limit=2']);
  expect(
    run.out
      .split('\n')
      .slice(0, 3)
      .map((line) => line.split(/ {2,}/).slice(0, 2)),
  ).toEqual([
    ['ID', 'STATE'],
    ['job-12345678', 'queued'],
    ['job-2', 'late'],
  ]);
  await server!.close();
  expect(JSON.parse((await cli(['--json', 'list', '--limit', '1'], answers)).out)).toMatchObject({
    jobs: [{ id: 'job-12345678' }],
  });
});

test('list fits a terminal of 80 columns, whatever ended a job', async () => {
  const long = job({
    id: 'j0mwq8wulv2nuhhj9cqoawpgm8',
    state: 'failed',
    cause: 'first_output',
    class: 'command/node/x/@some-long-label',
  });
  const run = await cli(['list'], [json({ jobs: [long], next: null })], { columns: 80 });
  expect(Math.max(...run.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(run.out).toContain('failed (first_output)');
});

test('workers shows who is there, in one line each', async () => {
  const worker = {
    id: 'w1',
    host: 'h',
    pid: 7,
    state: 'active',
    running: 2,
    concurrency: 8,
    kinds: ['command', 'chat'],
    lastSeenAt: '2026-11-21T10:09:08.514Z',
  };
  const run = await cli(['workers'], [json({ workers: [worker] })]);
  expect(run.out.split('\n')[1]).toMatch(/^w1 +h +7 +active +2 of 8 +command, chat +10:09:08Z$/);
});

test('providers shows who takes calls, and lets one go on (F145)', async () => {
  const calls = { answered: 7, failed: 1, rateLimited: 0, usageLimited: 1 };
  const parked = {
    name: 'openai',
    state: 'parked',
    until: '2026-11-21T10:09:08.514Z',
    reason: 'it answered 429',
    calls,
  };
  const first = await cli(['providers'], [json({ providers: [{ ...parked, waiting: 3 }] })]);
  expect(first.out.split('\n')[1]).toMatch(/^openai +parked +2026-11-21T10:09:08Z +3 +7 +1 +it answered 429$/);
  await server!.close();
  const second = await cli(['providers', '--resume', 'a/b'], [json({ done: 'resumed', provider: { name: 'a/b' } })]);
  expect([second.out, server!.seen[0]!.url]).toEqual(['a/b  goes on\n', '/v1/providers/a%2Fb/resume']);
});

test('a job that waits for its provider says so (F145)', async () => {
  const waitingFor = {
    provider: 'openai',
    state: 'parked',
    until: '2026-11-21T10:00:00.000Z',
    reason: 'it answered 429',
  };
  expect((await cli(['get', 'x'], [json(job({ state: 'queued', waitingFor }))])).out).toContain(
    'waits for  openai, parked until 2026-11-21T10:00:00.000Z: it answered 429\n',
  );
});

test('a webhook is submitted, and get says how far it is (F169)', async () => {
  const url = 'https://hooks.example.com/leeway';
  await cli(['submit', '--webhook', url, '--', 'true'], [json(job({}), 202)]);
  expect(JSON.parse(server!.seen[0]!.body)).toMatchObject({ webhook: { url } });
  await server!.close();
  const webhook = { url, state: 'given_up', attempts: 2, lastError: 'it answered 500' };
  expect((await cli(['get', 'x'], [json(job({ webhook }))])).out).toContain(
    'webhook    given_up, 2 tries: it answered 500\n',
  );
});

test('classes shows the share of false kills', async () => {
  const one = {
    class: 'chat/m',
    samples: 40,
    p50Ms: 900,
    p95Ms: 1_800,
    deadlineMs: 3_600,
    succeeded: 38,
    failed: 0,
    killed: 2,
    falseKills: 1,
    falseKillRate: 0.025,
    sentence: 'Deadline 3.6 s: 2 times 1.8 s.',
  };
  const run = await cli(['classes', 'chat/m'], [json(one)]);
  expect(run.out.split('\n')[2]).toBe('Deadline 3.6 s: 2 times 1.8 s.');
  expect(server!.seen[0]!.url).toBe('/v1/classes/chat%2Fm');
  expect(run.out.split('\n')[1]).toMatch(/^chat\/m +40 +900 ms +1\.8 s +3\.6 s +38 +0 +2 +1 \(2\.5 %\)$/);
});

test.each([
  [{ mode: 'on', falseKillAlarm: true }, '10 min (alarm)'],
  [{ mode: 'shadow', falseKillAlarm: false }, '10 min (shadow)'],
  [{ mode: 'on', falseKillAlarm: false }, '10 min'],
])('classes marks a static limit in the place of a learned deadline: %j (F61)', async (trust, shown) => {
  const counts = { succeeded: 38, failed: 0, sentence: 'Deadline 10 min.' };
  const one = { class: 'chat/m', samples: 40, p50Ms: 900, p95Ms: 1_800, deadlineMs: 600_000, ...counts };
  const run = await cli(
    ['classes', 'chat/m'],
    [json({ ...one, killed: 2, falseKills: 1, falseKillRate: 0.025, ...trust })],
  );
  expect(run.out.split('\n')[1]).toContain(`  ${shown}  `);
});

test.each([
  ['killed', 'ended by force: it did not stop when asked'],
  ['too_late', 'had ended already; nothing was done'],
])('cancel says what was done: %s', async (done, words) => {
  expect((await cli(['cancel', 'job-12345678'], [json({ done, job: job() })])).out).toBe(`job-12345678  ${words}\n`);
});

test('estimate shows the sentence and submits nothing', async () => {
  const run = await cli(
    ['estimate', '--label', 'report', '--', 'node', 'x.js'],
    [json({ class: 'command/node/x.js', decision })],
  );
  expect(server!.seen.map((request) => request.url)).toEqual(['/v1/estimates']);
  expect(run.out).toContain('twice what 19 of 20 of 40 runs took');
});

test('estimate of a workflow shows each step', async () => {
  const steps = [{ name: 'fetch', class: 'command/node/x.js', share: 0.3, decision }];
  const run = await cli(['estimate', '--', 'node', 'x.js'], [json({ class: 'workflow', decision, steps })]);
  expect(run.out).toContain(`step       fetch, 30 % of the time. ${decision.sentence}`);
});

test.each([
  [['lisst'], 'unknown command'],
  [['run'], 'nothing to run'],
  [['submit', '--timeout', '30', 'true'], 'expected a duration with a unit'],
  [['submit', '--kind', 'chat', 'true'], 'takes its input from --input'],
  [['submit', '--input', '{', 'true'], 'expected JSON'],
  [['list', '--state', 'gone'], 'Allowed choices are'],
  [['--url', 'nowhere', 'list'], '--url: expected an http or https address'],
])('%j is wrong usage: a clear line, exit 2, and nothing is sent', async (args, words) => {
  const run = await runCli(args);
  expect(run.code).toBe(2);
  expect(run.err).toContain(words);
});

test('a server that is not there is one line with advice', async () => {
  server = await scriptedServer(json({}));
  await server.close();
  const run = await runCli(['workers'], { url: server.url });
  expect(run).toEqual({
    code: 1,
    out: '',
    err: `leeway: cannot reach ${server.url}: nothing listens there. Check that Leeway is running (npm start) and that the address is right.\n`,
  });
});

test('a refusal is one line, ended by one full stop, with advice', async () => {
  const refusal = { code: 'job_not_found', status: 404, detail: 'There is no job "x".', advice: 'Check the id.' };
  expect((await cli(['get', 'x'], [json(refusal, 404)])).err).toBe('leeway: There is no job "x". Check the id.\n');
});

test('an empty LEEWAY_URL counts as none', async () => {
  expect((await runCli(['--url', '', 'workers'], { url: '' })).err).toContain('--url: expected');
});
