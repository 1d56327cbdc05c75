import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { AttemptId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, expect, it } from 'vitest';
import { isAlive } from '../../../testing/command/mortals.js';
import { OrphanWatch } from './orphans.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that carries an attempt and has neither worker nor leash. */
async function orphan(): Promise<{ attempt: AttemptId; pid: number }> {
  const attempt = `test-${randomUUID()}.1` as AttemptId;
  const child = spawn('sleep', ['1000'], {
    env: { PATH: process.env['PATH'], LEEWAY_ATTEMPT: attempt },
    stdio: 'ignore',
    // As a leash starts commands: in a session of their own.
    detached: true,
  });
  children.push(child);
  const pid = child.pid ?? 0;
  await waitUntil(() => isAlive(pid), { what: 'the orphan' });
  return { attempt, pid };
}

it('ends what is left of an attempt that is over at two looks in a row (F82)', async () => {
  const { attempt, pid } = await orphan();
  const watch = new OrphanWatch((attempts) => Promise.resolve(attempts.filter((id) => id === attempt)));
  const usualMs = watch.nextLookMs;
  expect(await watch.look()).toBe(0);
  expect(isAlive(pid)).toBe(true);
  expect(watch.nextLookMs, 'the second look comes sooner').toBeLessThan(usualMs);
  expect(await watch.look()).toBe(1);
  expect(isAlive(pid)).toBe(false);
  await watch.look();
  expect(watch.nextLookMs).toBe(usualMs);
});

it('leaves alone what is open, or unknown to this Redis', async () => {
  const { pid } = await orphan();
  const watch = new OrphanWatch(() => Promise.resolve([]));
  await watch.look();
  expect(await watch.look()).toBe(0);
  expect(isAlive(pid)).toBe(true);
});

it('waits for a second look also when an attempt was not over in between', async () => {
  const { attempt, pid } = await orphan();
  const answers = [[attempt], [], [attempt]];
  const watch = new OrphanWatch(() => Promise.resolve(answers.shift() ?? []));
  for (let looks = 0; looks < 3; looks += 1) expect(await watch.look()).toBe(0);
  expect(isAlive(pid)).toBe(true);
});
