import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@leeway/testkit';
import { deafFamily, plainFamily, scatteredFamily } from '../../../../testing/command/families.js';
import { isAlive, isStopped, leashPidOf, sleepersOf, uniqueSleep } from '../../../../testing/command/processes.js';
import { leashedRun, newJobId, startTestLeash, type TestLeash } from '../../../../testing/command/test-leash.js';

vi.setConfig({ testTimeout: 20_000 });

let leash: TestLeash;
beforeAll(async () => {
  leash = startTestLeash();
  await leash.ready();
});
afterAll(() => leash.close());

const HARD_TO_END = [
  { family: 'children and grandchildren', make: plainFamily, sleepers: 3 },
  { family: 'processes that ignore SIGTERM', make: deafFamily, sleepers: 3 },
  {
    family: 'processes outside of the group, without parent or environment',
    make: scatteredFamily,
    sleepers: 4,
  },
];

describe('stop', () => {
  it.each(HARD_TO_END)('ends the whole process tree: $family (F82)', async ({ make, sleepers }) => {
    const seconds = uniqueSleep();
    const run = leashedRun(`${newJobId()}.1`, make(seconds));
    const ended = leash.run(run);
    await waitUntil(() => sleepersOf(seconds).length === sleepers, { what: `${sleepers} processes` });

    leash.stop(run.attemptId, 100);

    expect(await ended).toMatchObject({ exitCode: null, survivors: [] });
    expect(sleepersOf(seconds)).toEqual([]);
  });

  it('gives the grace to all processes of the tree, not only to the main process (F82)', async () => {
    const polite = `sh -c 'trap "sleep 0.3; echo child is done; exit" TERM; echo up; while :; do sleep 0.05; done' & wait`;
    const run = leashedRun(`${newJobId()}.1`, ['sh', '-c', `trap 'exit 7' TERM; ${polite}`]);
    const ended = leash.run(run);
    await waitUntil(() => run.output === 'up\n', { what: 'the child' });

    leash.stop(run.attemptId, 5_000);

    expect(await ended).toMatchObject({ exitCode: 7, survivors: [] });
    expect(run.output).toContain('child is done\n');
  });

  it('does not wait for the rest of the grace when all processes have ended (F82)', async () => {
    const seconds = uniqueSleep();
    const run = leashedRun(`${newJobId()}.1`, plainFamily(seconds));
    const ended = leash.run(run);
    await waitUntil(() => sleepersOf(seconds).length === 3, { what: 'the family' });

    leash.stop(run.attemptId, 3_600_000);

    expect(await ended).toMatchObject({ signal: 'SIGTERM', survivors: [] });
  });

  it('ends a paused command as well (F82, F86)', async () => {
    const seconds = uniqueSleep();
    const run = leashedRun(`${newJobId()}.1`, ['sh', '-c', `trap 'echo bye; exit 0' TERM; sleep ${seconds} & wait`]);
    const ended = leash.run(run);
    const [sleeper] = await waitUntil(() => atLeastOne(sleepersOf(seconds)), { what: 'the sleeper' });
    expect(await leash.pause(run.attemptId)).toBe(true);
    await waitUntil(() => isStopped(sleeper), { what: 'the stop' });

    leash.stop(run.attemptId, 5_000);

    expect(await ended).toMatchObject({ exitCode: 0, survivors: [] });
    expect(run.output).toBe('bye\n');
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('a command that has exited before its stop', () => {
  it('has ended by itself, also when the leash has not noticed it yet (F83)', async () => {
    const file = join(tmpdir(), newJobId());
    const waits = `echo $$; until test -e ${file}; do sleep 0.02; done; exit 3`;
    const run = leashedRun(`${newJobId()}.1`, ['sh', '-c', waits]);
    const ended = leash.run(run);
    await waitUntil(() => run.output.endsWith('\n'), { what: 'its pid' });
    const leashPid = leashPidOf(leash.socketPath);
    process.kill(leashPid, 'SIGSTOP');
    try {
      writeFileSync(file, '');
      await waitUntil(() => !isAlive(Number(run.output)), { what: 'its end' });
      leash.stop(run.attemptId, 100);
    } finally {
      process.kill(leashPid, 'SIGCONT');
      rmSync(file, { force: true });
    }
    expect(await ended).toEqual({ exitCode: 3, signal: null, survivors: [], byItself: true });
  });

  it('is not the same as one that exits because of the stop', async () => {
    const run = leashedRun(`${newJobId()}.1`, [
      'sh',
      '-c',
      `trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done`,
    ]);
    const ended = leash.run(run);
    await waitUntil(() => run.output === 'up\n', { what: 'its trap' });
    leash.stop(run.attemptId, 5_000);
    expect(await ended).toEqual({ exitCode: 0, signal: null, survivors: [] });
  });
});

describe('a command that ends by itself', () => {
  it('leaves no process behind, and is not delayed by a child that keeps its output open (F82)', async () => {
    const seconds = uniqueSleep();
    const run = leashedRun(`${newJobId()}.1`, [
      'sh',
      '-c',
      `sleep ${seconds} & setsid sleep ${seconds} & echo done; exit 3`,
    ]);

    expect(await leash.run(run)).toEqual({ exitCode: 3, signal: null, survivors: [], byItself: true });

    expect(run.output).toBe('done\n');
    expect(sleepersOf(seconds)).toEqual([]);
  });
});

describe('pause and resume', () => {
  it('suspend and resume every process of the command (F86)', async () => {
    const seconds = uniqueSleep();
    const run = leashedRun(`${newJobId()}.1`, ['sh', '-c', `setsid sleep ${seconds} & sleep ${seconds} & wait`]);
    const ended = leash.run(run);
    const sleepers = await waitUntil(() => two(sleepersOf(seconds)), { what: 'both sleepers' });

    expect(await leash.pause(run.attemptId)).toBe(true);
    expect(sleepers.every(isStopped)).toBe(true);
    expect(await leash.resume(run.attemptId)).toBe(true);
    expect(sleepers.every((pid) => isAlive(pid) && !isStopped(pid))).toBe(true);

    leash.stop(run.attemptId, 0);
    await ended;
  });

  it('return false when no process of the attempt runs (F86)', async () => {
    expect(await leash.pause(`${newJobId()}.1`)).toBe(false);
  });
});

describe('a later attempt', () => {
  it('starts after the end of all processes of earlier ones on this machine, and leaves later ones and other jobs alone', async () => {
    const job = newJobId();
    const [earlier, other, later] = [uniqueSleep(), uniqueSleep(), uniqueSleep()];
    const before = leash.run(leashedRun(`${job}.1`, scatteredFamily(earlier)));
    const runs = [leashedRun(`${newJobId()}.1`, ['sleep', other]), leashedRun(`${job}.3`, ['sleep', later])];
    const ends = runs.map((run) => leash.run(run));
    await waitUntil(() => sleepersOf(other).length + sleepersOf(later).length === 2, { what: 'the others' });
    // The start of attempt 3 has ended the first one.
    await before;
    const again = leash.run(leashedRun(`${job}.1`, scatteredFamily(earlier)));
    await waitUntil(() => sleepersOf(earlier).length === 4, { what: 'the first attempt' });

    const second = leashedRun(`${job}.2`, [
      'sh',
      '-c',
      `pgrep -f 'sleep ${earlier.slice(0, -1)}[${earlier.at(-1)}]' || echo alone`,
    ]);
    await leash.run(second);

    expect(second.output).toBe('alone\n');
    expect(await again).toMatchObject({ signal: 'SIGKILL' });
    expect([sleepersOf(other).length, sleepersOf(later).length]).toEqual([1, 1]);
    for (const run of runs) leash.stop(run.attemptId, 0);
    await Promise.all(ends);
  });
});

describe('the processor time of a command', () => {
  it('is reported while it computes, and not while it sleeps (F77)', async () => {
    const busy = leashedRun(`${newJobId()}.1`, ['sh', '-c', '(while :; do :; done) & wait']);
    const idle = leashedRun(`${newJobId()}.1`, ['sleep', uniqueSleep()]);
    const ends = [leash.run(busy), leash.run(idle)];
    await waitUntil(() => busy.busy >= 2, { what: 'two reports' });
    expect(idle.busy).toBe(0);
    for (const run of [busy, idle]) leash.stop(run.attemptId, 0);
    await Promise.all(ends);
  });
});

function atLeastOne(pids: number[]): [number, ...number[]] | null {
  return pids.length > 0 ? (pids as [number, ...number[]]) : null;
}

function two(pids: number[]): number[] | null {
  return pids.length === 2 ? pids : null;
}
