import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, type Policy } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  isAlive,
  leashPidOf,
  peakBytesOf,
  residentBytesOf,
  sleepersOf,
  uniqueSleep,
} from '../../../testing/command/processes.js';
import { startTestLeash, testContext, type TestLeash } from '../../../testing/command/test-leash.js';
import { createCommandHandler } from './command-handler.js';
import type { CommandResult } from './command-result.js';

vi.setConfig({ testTimeout: 20_000 });

let leash: TestLeash;
let folder: string;
beforeAll(async () => {
  leash = startTestLeash();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'leeway-command-')));
  await leash.ready();
});
afterAll(async () => {
  await leash.close();
  await rm(folder, { recursive: true });
});

interface HandlerSetup {
  policy?: Parameters<typeof parsePolicy>[0];
  env?: NodeJS.ProcessEnv;
  context?: ReturnType<typeof testContext>;
}

function run(
  input: unknown,
  { policy = {}, env = process.env, context = testContext() }: HandlerSetup = {},
): Promise<CommandResult> {
  const handler = createCommandHandler({ leash, policy: parsePolicy(policy), env });
  return handler.run(input, context) as Promise<CommandResult>;
}

function failure(input: unknown, setup?: HandlerSetup): Promise<unknown> {
  return run(input, setup).catch((error: unknown) => error);
}

describe('a command', () => {
  it('gets its argv unchanged, without a shell (F190)', async () => {
    const { stdout } = await run({ argv: ['printf', '%s|', '$HOME', '`id`', '; rm -rf /', '*', ''] });
    expect(stdout).toBe('$HOME|`id`|; rm -rf /|*||');
  });

  it('gets its standard input, which then ends (F84)', async () => {
    expect((await run({ argv: ['cat'], stdin: 'first\nläst' })).stdout).toBe('first\nläst');
  });

  it('gets an empty standard input when the job has none (F84)', async () => {
    expect(await run({ argv: ['cat'] })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('may leave its standard input unread (F84)', async () => {
    expect(await run({ argv: ['true'], stdin: 'x'.repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
  });

  it('has a session and a process group of its own (F84)', async () => {
    const { stdout } = await run({ argv: ['sh', '-c', 'ps -o pid=,pgid=,sid=,tty= -p $$'] });
    const [pid, group, session, terminal] = stdout.trim().split(/\s+/);
    expect([group, session, terminal]).toEqual([pid, pid, '?']);
  });

  it('runs in the working directory of the input', async () => {
    expect((await run({ argv: ['pwd'], cwd: folder })).stdout).toBe(`${folder}\n`);
  });

  it('gets no secrets of the worker: only variables that policy and job name, and the markers (F190)', async () => {
    const context = testContext();
    const env = {
      PATH: process.env.PATH,
      HOME: '/home/of/worker',
      REDIS_URL: 'redis://:secret@db',
      API_KEY: 'secret',
      LD_PRELOAD: '/tmp/x.so',
    };

    const { stdout } = await run({ argv: ['env'], env: { TZ: 'UTC' } }, { env, context });

    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['HOME', 'LEEWAY_ATTEMPT', 'LEEWAY_JOB', 'PATH', 'TZ']));
    expect(stdout).toContain(`LEEWAY_ATTEMPT=${context.attemptId}\nLEEWAY_JOB=${context.jobId}\n`);
    expect(stdout).not.toContain('secret');
  });

  it('finds no secrets in the environment of the leash (F190)', async () => {
    const environ = await readFile(`/proc/${leashPidOf(leash.socketPath)}/environ`, 'utf8');
    expect(
      environ.split('\0').filter((line) => line !== '' && !/^(?:TMPDIR|LEEWAY_ATTEMPT|LEEWAY_JOB)=/.test(line)),
    ).toEqual([]);
  });

  it('can open its three streams by name (F84)', async () => {
    const argv = ['sh', '-c', 'cat /dev/stdin > /dev/stdout; echo problem > /dev/stderr'];
    expect(await run({ argv, stdin: 'text' })).toMatchObject({ stdout: 'text', stderr: 'problem\n' });
  });

  it('inherits no open file of the worker or the leash besides its three streams (F190)', async () => {
    const open = (await run({ argv: LIST_OPEN })).stdout.trim().split('\n');
    const inherited = execFileSync(LIST_OPEN[0], LIST_OPEN.slice(1), { encoding: 'utf8' }).trim().split('\n').slice(3);
    expect(open.filter((target) => !inherited.includes(target))).toEqual([
      '/dev/null',
      expect.stringContaining('deleted'),
      expect.stringContaining('deleted'),
    ]);
  });
});

/** Prints the targets of all open descriptors. Those of this test process itself are open as well. */
const LIST_OPEN: [string, ...string[]] = [
  'sh',
  '-c',
  'for n in 0 1 2 3 4 5 6 7 8 9 $(seq 10 255); do readlink /proc/$$/fd/$n; done; true',
];

describe('the result of a command', () => {
  it('has exit code 0 and both outputs, which were also streamed', async () => {
    const context = testContext();
    const result = await run({ argv: ['sh', '-c', 'echo out; echo err >&2'] }, { context });
    expect(result).toEqual({ exitCode: 0, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false });
    expect(context.outputs).toHaveLength(2);
    expect(context.outputs).toContainEqual({ text: 'out\n', stream: 'stdout' });
    expect(context.outputs).toContainEqual({ text: 'err\n', stream: 'stderr' });
  });

  it('is preceded by its output while it still runs (F78)', async () => {
    const context = testContext();
    const ended = run({ argv: ['sh', '-c', `echo first; exec sleep ${uniqueSleep()}`] }, { context });
    await waitUntil(() => context.outputs.length === 1, { what: 'the first output' });
    context.stop();
    await ended;
  });

  it('is part of the failure when it exits with another code (F83)', async () => {
    const error = await failure({ argv: ['sh', '-c', 'echo part; echo "no such table" >&2; exit 3'] });
    expect(error).toMatchObject({
      code: 'exit_nonzero',
      cause: 'error',
      message: '"sh" exited with code 3: no such table',
    });
    expect(error).toMatchObject({ result: { exitCode: 3, signal: null, stdout: 'part\n', stderr: 'no such table\n' } });
  });

  it('is part of the failure when a signal ended it (F83)', async () => {
    const error = await failure({ argv: ['sh', '-c', 'kill -9 $$'] });
    expect(error).toMatchObject({ code: 'killed_by_signal', result: { exitCode: null, signal: 'SIGKILL' } });
  });

  it('has the head and the tail of a large output, in bounded memory (F85)', async () => {
    const printed = 200_000_000;
    const script = `echo START; head -c ${printed} /dev/zero | tr '\\0' x; echo END`;
    const before = residentBytesOf(process.pid);
    const policy = parsePolicy({});

    const result = await run({ argv: ['sh', '-c', script] }, { context: { ...testContext(), output: () => {} } });

    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(Buffer.byteLength(result.stdout)).toBeLessThanOrEqual(policy.retention.resultBytes);
    expect(result.stdout).toMatch(/^START\nx+\n\[\.\.\. \d+ bytes left out \.\.\.\]\nx+END\n$/);
    const leftOut = Number(/ (\d+) bytes left out/.exec(result.stdout)?.[1]);
    expect(leftOut + result.stdout.replace(/\n\[.*\]\n/, '').length).toBe(printed + 'START\nEND\n'.length);
    // Far below the size of the output: neither process stores it.
    expect(residentBytesOf(process.pid) - before).toBeLessThan(printed / 2);
    expect(peakBytesOf(leashPidOf(leash.socketPath))).toBeLessThan(150 * 1024 * 1024);
  });
});

describe('a command that is stopped', () => {
  it('has its partial output as result (F89)', async () => {
    const context = testContext();
    const seconds = uniqueSleep();
    const ended = run({ argv: ['sh', '-c', `echo so far; exec sleep ${seconds}`] }, { context });
    await waitUntil(() => sleepersOf(seconds).length === 1, { what: 'the command' });

    context.stop({ cause: 'deadline', message: 'over' });

    expect(await ended).toMatchObject({ exitCode: null, signal: 'SIGTERM', stdout: 'so far\n' });
    expect(sleepersOf(seconds)).toEqual([]);
  });

  it('has the outcome of its exit when it had exited before the stop reached it (F83)', async () => {
    const context = testContext();
    const file = join(folder, 'may-end');
    const waits = `echo $$; until test -e ${file}; do sleep 0.02; done; exit 3`;
    const failing = run({ argv: ['sh', '-c', waits] }, { context });
    const leashPid = leashPidOf(leash.socketPath);
    await waitUntil(() => context.outputs.length > 0, { what: 'its pid' });
    process.kill(leashPid, 'SIGSTOP');
    try {
      await writeFile(file, '');
      await waitUntil(() => !isAlive(Number(context.outputs[0]?.text)), { what: 'its end' });
      context.stop({ cause: 'released', message: 'bye' });
    } finally {
      process.kill(leashPid, 'SIGCONT');
    }
    await expect(failing).rejects.toMatchObject({ code: 'exit_nonzero', result: { exitCode: 3 } });
    expect(context.ended).toEqual([true]);
  });

  it('never runs when it was stopped before its start', async () => {
    const context = testContext();
    const file = join(folder, 'never');
    const ended = run({ argv: ['touch', file] }, { context });
    context.stop();
    expect(await ended).toMatchObject({ exitCode: null, signal: null });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });
});

describe('a command that cannot run', () => {
  const inputs = [
    { why: 'a program that does not exist', input: { argv: ['no-such-program-anywhere'] }, code: 'command_not_found' },
    { why: 'a path that does not exist', input: { argv: ['/no/such/program'] }, code: 'command_not_found' },
    { why: 'a folder', input: { argv: ['/usr'] }, code: 'command_not_executable' },
    { why: 'a file that is not executable', input: { argv: ['/etc/passwd'] }, code: 'command_not_executable' },
    {
      why: 'a working directory that does not exist',
      input: { argv: ['true'], cwd: '/no/such/folder' },
      code: 'cwd_not_found',
    },
    { why: 'a working directory that is a file', input: { argv: ['true'], cwd: '/etc/passwd' }, code: 'cwd_not_found' },
    {
      why: 'arguments that are too long for the system',
      input: { argv: ['true', 'x'.repeat(3_000_000)] },
      code: 'command_not_executable',
    },
    { why: 'an input of another form', input: { argv: 'true' }, code: 'invalid_input' },
  ];
  it.each(inputs)('fails for good: $why', async ({ input, code }) => {
    expect(await failure(input)).toMatchObject({ name: 'DoNotRetryError', code });
  });

  it('fails for good when the interpreter of a script is missing', async () => {
    const script = join(folder, 'script');
    await writeFile(script, '#!/no/such/interpreter\n');
    await chmod(script, 0o755);
    expect(await failure({ argv: [script] })).toMatchObject({
      name: 'DoNotRetryError',
      code: 'command_not_executable',
    });
  });
});

describe('the policy', () => {
  const allowing = (allow: string[]): HandlerSetup => ({ policy: { commands: { allow } } });

  it('refuses a command that it does not list, also when the job was accepted under an older policy (F191)', async () => {
    expect(await failure({ argv: ['sh', '-c', 'echo no'] }, allowing(['git', '/usr/bin/env']))).toMatchObject({
      name: 'DoNotRetryError',
      code: 'command_not_allowed',
    });
  });

  it('allows a command by its name in the job, and by its file behind all links (F191)', async () => {
    const link = join(folder, 'linked');
    const real = await realpath('/usr/bin/env');
    await symlink(real, link);
    expect(await run({ argv: ['true'] }, allowing(['true']))).toMatchObject({ exitCode: 0 });
    expect(await run({ argv: [link, 'true'] }, allowing([real]))).toMatchObject({ exitCode: 0 });
  });

  it('does not allow another file with the name that it lists (F191)', async () => {
    const impostor = join(folder, 'true');
    await writeFile(impostor, '#!/bin/sh\necho impostor\n');
    await chmod(impostor, 0o755);
    expect(await failure({ argv: [impostor] }, allowing(['true']))).toMatchObject({ code: 'command_not_allowed' });
    expect(await failure({ argv: ['./true'], cwd: folder }, allowing(['true']))).toMatchObject({
      code: 'command_not_allowed',
    });
    const env = { PATH: `.:${process.env.PATH}` };
    expect(await run({ argv: ['true'], cwd: folder }, { ...allowing(['true']), env })).toMatchObject({ stdout: '' });
  });

  it.each(['LD_PRELOAD', 'NODE_OPTIONS', 'PATH', 'LEEWAY_ATTEMPT', 'NOT_LISTED'])(
    'refuses a job that sets %s (F191)',
    async (name) => {
      const policy: HandlerSetup['policy'] = {
        commands: { allowEnv: ['LD_PRELOAD', 'NODE_OPTIONS', 'PATH', 'LEEWAY_ATTEMPT'] },
      };
      expect(await failure({ argv: ['true'], env: { [name]: 'x' } }, { policy })).toMatchObject({
        name: 'DoNotRetryError',
        code: 'env_not_allowed',
      });
    },
  );

  it('runs every command through its wrapper (F191)', async () => {
    const policy: HandlerSetup['policy'] = { commands: { wrapper: ['env', 'WRAPPED=yes'] } };
    expect((await run({ argv: ['sh', '-c', 'echo $WRAPPED'] }, { policy })).stdout).toBe('yes\n');
  });
});

describe('the leash', () => {
  it('closes all descriptors of a command that has ended, or could not be started', async () => {
    const openFiles = (): number => readdirSync(`/proc/${leashPidOf(leash.socketPath)}/fd`).length;
    await run({ argv: ['true'], stdin: 'x' });
    const before = openFiles();
    for (let i = 0; i < 20; i += 1) {
      await run({ argv: ['true'], stdin: 'x' });
      await failure({ argv: ['true', 'x'.repeat(3_000_000)], stdin: 'x' });
    }
    await waitUntil(() => openFiles() <= before, { what: 'all descriptors to be closed' });
  });
});

describe('a silent command', () => {
  it('may be silent for longer than the silence that the leash allows its worker (F95)', async () => {
    const shortLeash = startTestLeash({ silenceMs: 300 });
    await shortLeash.ready();
    const handler = createCommandHandler({ leash: shortLeash, policy: parsePolicy({}) as Policy, env: process.env });
    const context = testContext();
    expect(await handler.run({ argv: ['sh', '-c', 'sleep 1; echo well'] }, context)).toMatchObject({
      exitCode: 0,
      stdout: 'well\n',
    });
    shortLeash.stopPing();
    await shortLeash.close();
  });
});
