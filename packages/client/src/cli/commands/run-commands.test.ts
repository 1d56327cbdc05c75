import { describe, expect, test } from 'vitest';
import { DECISION, jobReply, scriptedCli, serverWithJob } from '../../../testing/scripted-cli.js';
import { json, problem, sse, stream, type Answer } from '../../../testing/scripted-server.js';

const cli = scriptedCli();
const accepted = json(jobReply(), 202);

describe('leeway submit', () => {
  test('sends argv and only the limits that were given, in milliseconds (F1, F3)', async () => {
    const run = await cli.run(
      ['submit', '--label', 'report', '--timeout', '90s', '--idle', '15s', '--', 'node', '-e', '1', '--json'],
      accepted,
    );
    expect(run).toEqual({ code: 0, out: 'job-12345678\n', err: '' });
    expect(cli.body()).toEqual({
      kind: 'command',
      input: { argv: ['node', '-e', '1', '--json'] },
      label: 'report',
      timeoutMs: 90_000,
      limits: { idleMs: 15_000 },
    });
  });

  test('sends no limits where none were given (F3)', async () => {
    await cli.run(['submit', 'true'], accepted);
    expect(cli.body()).toEqual({ kind: 'command', input: { argv: ['true'] } });
  });

  test('accepts --timeout none (F23)', async () => {
    await cli.run(['submit', '--timeout', 'none', 'true'], accepted);
    expect(cli.body()).toEqual({ kind: 'command', input: { argv: ['true'] }, timeoutMs: 'none' });
  });

  test.each([
    [['--stream'], { stream: true }],
    [['--no-stream'], { stream: false }],
    [[], {}],
  ])('with %j sends %j (F123)', async (options, expected) => {
    await cli.run(['submit', ...options, 'true'], accepted);
    expect(cli.body()).toEqual({ kind: 'command', input: { argv: ['true'] }, ...expected });
  });

  test('sends folder, environment and standard input', async () => {
    const args = ['submit', '--cwd', 'sub', '--env', 'A=1', '--env', 'B=x=y', '--stdin', '--', 'cat'];
    await cli.run(args, accepted, { stdin: 'hello' });
    expect(cli.body()['input']).toEqual({
      argv: ['cat'],
      cwd: '/here/sub',
      env: { A: '1', B: 'x=y' },
      stdin: 'hello',
    });
  });

  test('sends a job of any kind with --kind and --input', async () => {
    await cli.run(['submit', '--kind', 'chat', '--input', '{"model":"m"}'], accepted);
    expect(cli.body()).toEqual({ kind: 'chat', input: { model: 'm' } });
  });

  test('reads a whole job from standard input with --file -, and options win over it', async () => {
    const stdin = '{"kind":"chat","input":{}}';
    await cli.run(['submit', '--file', '-', '--attempts', '1'], accepted, { stdin });
    expect(cli.body()).toEqual({ kind: 'chat', input: {}, attempts: 1 });
  });

  test('sends the Idempotency-Key of the user', async () => {
    await cli.run(['submit', '--idempotency-key', 'nightly-1', 'true'], accepted);
    expect(cli.seen[0]!.headers['idempotency-key']).toBe('nightly-1');
  });

  test('sends the address of a webhook (F169)', async () => {
    const url = 'https://hooks.example.com/leeway';
    await cli.run(['submit', '--webhook', url, '--', 'true'], accepted);
    expect(cli.body()).toMatchObject({ webhook: { url } });
  });
});

const output = (text: string, name = 'stdout') => sse('2', 'output', { stream: name, text });

describe('leeway run', () => {
  test('prints the output of the job and exits with its exit code', async () => {
    const events = sse('1', 'started') + output('out\n') + output('oops\n', 'stderr') + sse('4', 'finished');
    const ended = { state: 'failed', cause: 'error', result: { exitCode: 3, signal: null } };
    const run = await cli.run(['run', '-q', '--', 'false'], serverWithJob(events, ended));
    expect(run).toEqual({ code: 3, out: 'out\n', err: 'oops\n' });
  });

  test('prints what happened to the job and why it ended on standard error', async () => {
    const stopped = { outcome: 'stopped', cause: 'deadline', durationMs: 2_030 };
    const events =
      sse('1', 'started') +
      sse('2', 'attempt_ended', stopped) +
      sse('3', 'retrying') +
      sse('4', 'lost', { worker: 'w1' }) +
      sse('5', 'released') +
      sse('6', 'deferred', { cause: 'usage_limit' }) +
      sse('7', 'finished');
    const error = { code: 'deadline', message: 'Ended after 4 s.', advice: 'Give it a longer timeoutMs.' };
    const ended = { state: 'failed', cause: 'deadline', error };
    const run = await cli.run(['run', '--', 'sleep', '9'], serverWithJob(events, ended));
    expect(run.code).toBe(124);
    expect(run.err.split('\n')).toEqual([
      'leeway: attempt 1 stopped after 2 s (deadline): The attempt reached its deadline and was stopped.',
      'leeway: retrying',
      'leeway: its worker w1 was lost; requeued',
      'leeway: its worker is shutting down; requeued',
      'leeway: its provider takes no calls now (usage_limit); waiting for it',
      'leeway: job-12345678 failed: The attempt reached its deadline and was stopped. Ended after 4 s. Give it a longer timeoutMs.',
      '',
    ]);
  });

  test('shows usual and remaining time on a terminal, and removes that line at the end', async () => {
    const startedAt = new Date(Date.now() - 2_000).toISOString();
    const ended = { state: 'succeeded', attempts: [{ number: 1, startedAt, deadlineAt: null, decision: DECISION }] };
    const events: Answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse('1', 'started'));
      setTimeout(() => response.end(sse('2', 'finished')), 600);
    };
    const answer: Answer = (request, response) =>
      request.url.endsWith('/events') ? events(request, response) : serverWithJob('', ended)(request, response);
    const run = await cli.run(['run', '--', 'sleep', '9'], answer, { columns: 80 });
    expect(run.err).toMatch(/running for [\d.]+ s · usually 5 s, about [\d.]+ s left · deadline 12 s/);
    expect(run.err.endsWith('\r\u001b[K')).toBe(true);
  });

  test('prints every event and then the job as a line of JSON with --json', async () => {
    const events = sse('1', 'started') + output('out') + sse('3', 'finished');
    const run = await cli.run(['run', '--json', '--', 'true'], serverWithJob(events, { state: 'succeeded' }));
    const lines = run.out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'started',
      'output',
      'finished',
      'job',
    ]);
    expect(run.err).toBe('');
  });

  test('cancels the job at Ctrl-C, waits for its end and exits with 130', async () => {
    let finish = () => {};
    const answer: Answer = (request, response) => {
      if (request.url.endsWith('/cancel')) {
        finish();
        return json({ done: 'cancelled', job: jobReply({ state: 'cancelled' }) })(request, response);
      }
      if (!request.url.endsWith('/events'))
        return serverWithJob('', { state: 'cancelled', cause: 'cancelled' })(request, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(output('ready\n'));
      finish = () => void response.end(sse('3', 'finished'));
    };
    const run = await cli.run(['run', '--', 'sleep', '9'], answer, {
      onWrite: (text, pressCtrlC) => text === 'ready\n' && pressCtrlC(),
    });
    expect(run.code).toBe(130);
    const cancels = cli.seen.filter(({ url }) => url.endsWith('/cancel'));
    expect(cancels.map(({ body }) => JSON.parse(body) as object)).toEqual([
      { reason: 'interrupted at the command line' },
    ]);
  });

  test('does not wait for the job after a second Ctrl-C', async () => {
    const answer: Answer = (request, response) => {
      if (request.url.endsWith('/cancel')) return;
      if (!request.url.endsWith('/events')) return accepted(request, response);
      return stream(output('ready\n'), 'open')(request, response);
    };
    const onWrite = (text: string, pressCtrlC: () => void) => {
      if (text !== 'ready\n') return;
      pressCtrlC();
      pressCtrlC();
    };
    expect((await cli.run(['run', '--', 'sleep', '9'], answer, { onWrite })).code).toBe(130);
  });

  test('exits with 125 when Leeway refuses the job', async () => {
    const refusal = problem('command_not_allowed', '"true" is not among the commands that the policy allows: git');
    const run = await cli.run(['run', '--', 'true'], refusal);
    expect(run.code).toBe(125);
    expect(run.err).toBe(
      'leeway: "true" is not among the commands that the policy allows: git. Use an executable that the policy lists, or ask the operator to add it.\n',
    );
  });
});
