import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitUntil } from '@leeway/testkit';
import { deafFamily, scatteredFamily } from '../../../../testing/command/families.js';
import { isAlive, leashPidOf, peakBytesOf, sleepersOf, uniqueSleep } from '../../../../testing/command/processes.js';
import { type StandIn, startStandIn } from '../../../../testing/command/start-stand-in.js';

const SILENCE_MS = 1_200;
/** For a death that silence must not reveal. */
const NEVER_MS = 60_000;
const PING_MS = 200;
/** A leash takes about a third of this; `yes` prints far more in the time it is watched. */
const BOUNDED_BYTES = 150 * 1024 * 1024;

vi.setConfig({ testTimeout: 20_000 });

async function socketPathOf(standIn: StandIn): Promise<string> {
  return waitUntil(() => standIn.events.find((event) => event.socketPath !== undefined)?.socketPath, {
    what: 'the worker',
  });
}

describe('a worker that is killed with -9', () => {
  it('leaves no process of its commands, and no leash (F82, F94)', async () => {
    const seconds = uniqueSleep();
    const argvs = [scatteredFamily(seconds), deafFamily(seconds)];
    const worker = startStandIn({ silenceMs: NEVER_MS, pingMs: PING_MS, argvs });
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    const socketPath = await socketPathOf(worker);
    await waitUntil(() => sleepersOf(seconds).length === 7, { what: 'both families' });
    const leashPid = leashPidOf(socketPath);

    process.kill(worker.pid, 'SIGKILL');

    await waitUntil(() => sleepersOf(seconds).length === 0, { what: 'the end of all', timeoutMs: 5_000 });
    await waitUntil(() => !isAlive(leashPid), { what: 'the end of the leash' });
    expect(existsSync(dirname(socketPath))).toBe(false);
  });
});

/** The tests of one worker, in the order of its life: blocked, frozen, and running again. */
describe('a worker', () => {
  const seconds = uniqueSleep();
  const flood = ['sh', '-c', `sleep ${seconds} & exec yes`];
  const argvs = [scatteredFamily(seconds), deafFamily(seconds), flood];
  const sleepers = 4 + 3 + 1;
  let worker: StandIn;
  beforeAll(() => {
    const blockMs = SILENCE_MS * 2;
    worker = startStandIn({ silenceMs: SILENCE_MS, pingMs: PING_MS, argvs, blockMs, afterwards: ['echo', 'again'] });
  });
  afterAll(() => worker.process.kill('SIGKILL'));

  it('keeps its commands when only its main loop is blocked, and their output does not pile up in the leash (F85, F95)', async () => {
    const socketPath = await socketPathOf(worker);
    await waitUntil(() => worker.events.some((event) => event.blockedMs !== undefined), {
      what: 'the end of the block',
    });

    expect(sleepersOf(seconds)).toHaveLength(sleepers);
    expect(worker.events.some((event) => event.code !== undefined)).toBe(false);
    expect(peakBytesOf(leashPidOf(socketPath))).toBeLessThan(BOUNDED_BYTES);
  });

  it('leaves no process of its commands while it is frozen, also where one floods its output (F82, F94)', async () => {
    await waitUntil(() => worker.events.some((event) => event.output !== undefined), { what: 'output' });

    process.kill(worker.pid, 'SIGSTOP');

    await waitUntil(() => sleepersOf(seconds).length === 0, { what: 'the end of all', timeoutMs: 5_000 });
  });

  it('reports these commands as lost when it runs again, and can run others (F94)', async () => {
    process.kill(worker.pid, 'SIGCONT');

    await waitUntil(() => worker.events.some((event) => event.result?.stdout === 'again\n'), {
      what: 'the next command',
    });
    const lost = worker.events.filter((event) => event.code === 'leash_gone' && event.cause === 'worker_lost');
    expect(lost).toHaveLength(argvs.length);
  });
});
