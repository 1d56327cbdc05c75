import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@leeway/testkit';
import { scatteredFamily } from '../../../../testing/command/families.js';
import { isAlive, leashPidOf, sleepersOf, uniqueSleep } from '../../../../testing/command/mortals.js';
import { startLeashPing } from './leash-ping.js';
import { leashedRun, newJobId, startTestLeash, type TestLeash } from '../../../../testing/command/test-leash.js';

vi.setConfig({ testTimeout: 20_000 });

let leash: TestLeash;
afterEach(async () => {
  leash.stopPing();
  await leash.close();
});

async function runScattered(): Promise<{ seconds: string; attemptId: string; ended: Promise<unknown> }> {
  await leash.ready();
  const seconds = uniqueSleep();
  const run = leashedRun(`${newJobId()}.1`, scatteredFamily(seconds));
  const ended = leash.run(run).catch((error: unknown) => error);
  await waitUntil(() => sleepersOf(seconds).length === 4, { what: 'the family' });
  return { seconds, attemptId: run.attemptId, ended };
}

describe('a leash that is killed with -9', () => {
  it('takes its commands with it, which fail as lost, and has a successor for later ones (F94)', async () => {
    leash = startTestLeash();
    const { seconds, ended } = await runScattered();

    process.kill(leashPidOf(leash.socketPath), 'SIGKILL');

    expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
    const later = leashedRun(`${newJobId()}.1`, ['echo', 'again']);
    expect(await leash.run(later)).toMatchObject({ exitCode: 0 });
    expect(later.output).toBe('again\n');
  });

  it('is not needed to end a command that it had just been told to start (F94)', async () => {
    leash = startTestLeash();
    await leash.ready();
    const pid = leashPidOf(leash.socketPath);
    const seconds = uniqueSleep();
    const ends = Array.from({ length: 8 }, () =>
      leash.run(leashedRun(`${newJobId()}.1`, ['sleep', seconds])).catch((error: unknown) => error),
    );
    await waitUntil(() => sleepersOf(seconds).length > 0, { what: 'the first of them', everyMs: 1 });

    process.kill(pid, 'SIGKILL');

    for (const end of await Promise.all(ends)) expect(end).toMatchObject({ code: 'leash_gone' });
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('a command that is asked for while its leash ends', () => {
  const asksFor = async () => {
    const run = leashedRun(`${newJobId()}.1`, ['echo', 'once']);
    return { ended: await leash.run(run), output: run.output };
  };

  it('runs under the next one when the leash has died and nobody knows yet (F94)', async () => {
    leash = startTestLeash({ readyWithinMs: 15_000 });
    await leash.ready();
    const pid = leashPidOf(leash.socketPath);
    process.kill(pid, 'SIGKILL');
    // In one go, so that this process learns nothing of it before it sends the command.
    while (isAlive(pid));
    expect(await asksFor()).toMatchObject({ ended: { exitCode: 0 }, output: 'once\n' });
  });

  it('runs under the next one when the leash is ending what it holds (F94)', async () => {
    leash = startTestLeash({ silenceMs: 600, readyWithinMs: 15_000 });
    const { seconds, ended } = await runScattered();
    leash.stopPing();
    await waitUntil(() => sleepersOf(seconds).length < 4, { what: 'the leash to begin', everyMs: 1 });
    const ping = startLeashPing(leash.socketPath, 100);
    try {
      expect(await asksFor()).toMatchObject({ ended: { exitCode: 0 }, output: 'once\n' });
      expect(await ended).toMatchObject({ code: 'leash_gone' });
    } finally {
      ping.stop();
    }
  });
});

describe('a leash that is frozen', () => {
  it('does not keep a stopped command alive (F82)', async () => {
    leash = startTestLeash();
    const { seconds, attemptId, ended } = await runScattered();
    process.kill(leashPidOf(leash.socketPath), 'SIGSTOP');

    leash.stop(attemptId, 100);

    expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('a heartbeat that is not heard', () => {
  it('lets no command run (F94)', async () => {
    leash = startTestLeash({ readyWithinMs: 200 });
    leash.stopPing();
    const seconds = uniqueSleep();

    const error = await leash.run(leashedRun(`${newJobId()}.1`, ['sleep', seconds])).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'leash_not_ready', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
  });

  it('ends all commands when it falls silent, although the worker goes on (F94)', async () => {
    leash = startTestLeash({ silenceMs: 600 });
    const { seconds, ended } = await runScattered();

    leash.stopPing();

    expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('close', () => {
  it('ends all commands and leaves neither process nor folder', async () => {
    leash = startTestLeash();
    const { seconds, ended } = await runScattered();
    const pid = leashPidOf(leash.socketPath);

    await leash.close();

    expect(await ended).toMatchObject({ code: 'leash_gone' });
    expect(sleepersOf(seconds)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow();
    expect(existsSync(dirname(leash.socketPath))).toBe(false);
  });

  it('lets a command that waits for the leash fail at once', async () => {
    leash = startTestLeash();
    leash.stopPing();
    const ended = leash.run(leashedRun(`${newJobId()}.1`, ['true'])).catch((error: unknown) => error);
    await leash.close();
    expect(await ended).toMatchObject({ code: 'leash_gone' });
  });
});
