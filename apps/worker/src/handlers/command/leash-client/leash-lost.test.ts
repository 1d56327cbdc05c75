import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@leeway/testkit';
import { scatteredFamily } from '../../../../testing/command/families.js';
import { isAlive, leashPidOf, sleepersOf, uniqueSleep } from '../../../../testing/command/processes.js';
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
  it('loses its commands, which are ended and fail as lost, and is replaced for later ones (F94)', async () => {
    leash = startTestLeash();
    const { seconds, ended } = await runScattered();

    process.kill(leashPidOf(leash.socketPath), 'SIGKILL');

    expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
    const later = leashedRun(`${newJobId()}.1`, ['echo', 'again']);
    expect(await leash.run(later)).toMatchObject({ exitCode: 0 });
    expect(later.output).toBe('again\n');
  });

  it('leaves no process of a command that it was just starting (F94)', async () => {
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

describe('a command that is started while its leash ends', () => {
  const runOnce = async () => {
    const run = leashedRun(`${newJobId()}.1`, ['echo', 'once']);
    return { ended: await leash.run(run), output: run.output };
  };

  it('runs under the next leash when the death of this one has not been noticed yet (F94)', async () => {
    leash = startTestLeash({ readyWithinMs: 15_000 });
    await leash.ready();
    const pid = leashPidOf(leash.socketPath);
    process.kill(pid, 'SIGKILL');
    // Without a turn of the event loop, so that this process has not noticed it when it sends the command.
    while (isAlive(pid));
    expect(await runOnce()).toMatchObject({ ended: { exitCode: 0 }, output: 'once\n' });
  });

  it('runs under the next leash when this one is ending its commands for lack of pings (F94)', async () => {
    leash = startTestLeash({ silenceMs: 600, readyWithinMs: 15_000 });
    const { seconds, ended } = await runScattered();
    leash.stopPing();
    await waitUntil(() => sleepersOf(seconds).length < 4, { what: 'the leash to begin', everyMs: 1 });
    const ping = startLeashPing(leash.socketPath, 100);
    try {
      expect(await runOnce()).toMatchObject({ ended: { exitCode: 0 }, output: 'once\n' });
      expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
      expect(sleepersOf(seconds)).toEqual([]);
    } finally {
      ping.stop();
    }
  });
});

describe('a leash that is frozen', () => {
  it('is killed when it does not confirm a stop, and the stopped command with it (F82)', async () => {
    leash = startTestLeash({ confirmWithinMs: 200 });
    const { seconds, attemptId, ended } = await runScattered();
    process.kill(leashPidOf(leash.socketPath), 'SIGSTOP');

    leash.stop(attemptId, 100);

    expect(await ended).toMatchObject({ code: 'leash_gone', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('a leash that has received no ping', () => {
  it('runs no command (F94)', async () => {
    leash = startTestLeash({ readyWithinMs: 200 });
    leash.stopPing();
    const seconds = uniqueSleep();

    const error = await leash.run(leashedRun(`${newJobId()}.1`, ['sleep', seconds])).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'leash_not_ready', cause: 'worker_lost' });
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('close', () => {
  it('ends all commands and the leash, and removes its folder', async () => {
    leash = startTestLeash();
    const { seconds, ended } = await runScattered();
    const pid = leashPidOf(leash.socketPath);

    await leash.close();

    expect(await ended).toMatchObject({ code: 'leash_gone' });
    expect(sleepersOf(seconds)).toEqual([]);
    expect(() => process.kill(pid, 0)).toThrow();
    expect(existsSync(dirname(leash.socketPath))).toBe(false);
  });

  it('fails a command that waits for the leash at once', async () => {
    leash = startTestLeash();
    leash.stopPing();
    const ended = leash.run(leashedRun(`${newJobId()}.1`, ['true'])).catch((error: unknown) => error);
    await leash.close();
    expect(await ended).toMatchObject({ code: 'leash_gone' });
  });
});
