import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { AttemptId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, expect, it } from 'vitest';
import { isAlive } from '../../../testing/command/processes.js';
import { OrphanWatch } from './orphans.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process with the marker of an attempt, and without worker and leash. */
async function orphan(): Promise<{ attempt: AttemptId; pid: number }> {
  const attempt = `test-${randomUUID()}.1` as AttemptId;
  const child = spawn('sleep', ['1000'], {
    env: { PATH: process.env['PATH'], LEEWAY_ATTEMPT: attempt },
    stdio: 'ignore',
    // In a session of its own, as a leash starts commands.
    detached: true,
  });
  children.push(child);
  const pid = child.pid ?? 0;
  await waitUntil(() => isAlive(pid), { what: 'the orphan' });
  return { attempt, pid };
}

it('processes of an attempt that has ended at two scans in a row are killed (F82)', async () => {
  const { attempt, pid } = await orphan();
  const watch = new OrphanWatch((attempts) => Promise.resolve(attempts.filter((id) => id === attempt)));
  const usualMs = watch.nextScanMs;
  expect(await watch.scan()).toBe(0);
  expect(isAlive(pid)).toBe(true);
  expect(watch.nextScanMs, 'the second scan comes sooner').toBeLessThan(usualMs);
  expect(await watch.scan()).toBe(1);
  expect(isAlive(pid)).toBe(false);
  await watch.scan();
  expect(watch.nextScanMs).toBe(usualMs);
});

it('processes of an attempt that is open, or unknown to this Redis, are left alone', async () => {
  const { pid } = await orphan();
  const watch = new OrphanWatch(() => Promise.resolve([]));
  await watch.scan();
  expect(await watch.scan()).toBe(0);
  expect(isAlive(pid)).toBe(true);
});

it('processes of an attempt that was open in between are left alone', async () => {
  const { attempt, pid } = await orphan();
  const endedAtScans = [[attempt], [], [attempt]];
  const watch = new OrphanWatch(() => Promise.resolve(endedAtScans.shift() ?? []));
  for (let scans = 0; scans < 3; scans += 1) expect(await watch.scan()).toBe(0);
  expect(isAlive(pid)).toBe(true);
});
