import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@leeway/testkit';
import { deafFamily, scatteredFamily } from '../../../../testing/command/families.js';
import { isAlive, leashPidOf, peakBytesOf, sleepersOf, uniqueSleep } from '../../../../testing/command/mortals.js';
import { type StandIn, startStandIn } from '../../../../testing/command/start-stand-in.js';

const SILENCE_MS = 1_200;
/** For a death that must not be noticed by silence. */
const NEVER_MS = 60_000;
const PING_MS = 200;
/** A leash takes about a third of this; `yes` prints far more in the time it is watched. */
const BOUNDED_BYTES = 150 * 1024 * 1024;

vi.setConfig({ testTimeout: 20_000 });

let worker: StandIn;
afterEach(() => worker.process.kill('SIGKILL'));

async function socketPathOf(standIn: StandIn): Promise<string> {
  return waitUntil(() => standIn.events.find((event) => event.socketPath !== undefined)?.socketPath, {
    what: 'the worker',
  });
}

describe('a worker that is killed with -9', () => {
  it('leaves no process of its commands, and no leash (F82, F94)', async () => {
    const seconds = uniqueSleep();
    worker = startStandIn({
      silenceMs: NEVER_MS,
      pingMs: PING_MS,
      argvs: [scatteredFamily(seconds), deafFamily(seconds)],
    });
    const socketPath = await socketPathOf(worker);
    await waitUntil(() => sleepersOf(seconds).length === 7, { what: 'both families' });
    const leashPid = leashPidOf(socketPath);

    process.kill(worker.pid, 'SIGKILL');

    await waitUntil(() => sleepersOf(seconds).length === 0, { what: 'the end of all', timeoutMs: 5_000 });
    await waitUntil(() => !isAlive(leashPid), { what: 'the end of the leash' });
    expect(existsSync(dirname(socketPath))).toBe(false);
  });
});

describe('a worker that is frozen', () => {
  it('leaves no process of its commands; when it wakes it knows them lost and can run others (F82, F94)', async () => {
    const seconds = uniqueSleep();
    worker = startStandIn({
      silenceMs: SILENCE_MS,
      pingMs: PING_MS,
      argvs: [scatteredFamily(seconds), deafFamily(seconds)],
      afterwards: ['echo', 'again'],
    });
    await waitUntil(() => sleepersOf(seconds).length === 7, { what: 'both families' });

    process.kill(worker.pid, 'SIGSTOP');
    await waitUntil(() => sleepersOf(seconds).length === 0, { what: 'the end of all', timeoutMs: 5_000 });
    process.kill(worker.pid, 'SIGCONT');

    await waitUntil(() => worker.events.some((event) => event.result?.stdout === 'again\n'), {
      what: 'the next command',
    });
    expect(worker.events.filter((event) => event.code === 'leash_gone' && event.cause === 'worker_lost')).toHaveLength(
      2,
    );
  });

  it('does not hold up its leash with output that nobody reads (F82)', async () => {
    const seconds = uniqueSleep();
    worker = startStandIn({
      silenceMs: SILENCE_MS,
      pingMs: PING_MS,
      argvs: [['sh', '-c', `sleep ${seconds} & exec yes`]],
    });
    await waitUntil(() => worker.events.some((event) => event.output !== undefined), { what: 'output' });

    process.kill(worker.pid, 'SIGSTOP');

    await waitUntil(() => sleepersOf(seconds).length === 0, { what: 'the end of all', timeoutMs: 5_000 });
  });

  it('keeps its commands when only its main loop is blocked, and no output piles up meanwhile (F85, F95)', async () => {
    const seconds = uniqueSleep();
    const argvs = [
      ['sleep', seconds],
      ['sh', '-c', `sleep ${seconds} & exec yes`],
    ];
    worker = startStandIn({ silenceMs: SILENCE_MS, pingMs: PING_MS, argvs, blockMs: SILENCE_MS * 2 });
    const socketPath = await socketPathOf(worker);

    await waitUntil(() => worker.events.some((event) => event.blockedMs !== undefined), {
      what: 'the end of the block',
    });

    expect(sleepersOf(seconds)).toHaveLength(2);
    expect(worker.events.some((event) => event.code !== undefined)).toBe(false);
    expect(peakBytesOf(leashPidOf(socketPath))).toBeLessThan(BOUNDED_BYTES);
  });
});
