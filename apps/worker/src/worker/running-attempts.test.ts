import type { AttemptId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { Running, type RunningAttempt } from './running-attempts.js';

const id = 'job.1' as AttemptId;

function attempt(): RunningAttempt & { heard: unknown[] } {
  const heard: unknown[] = [];
  return {
    heard,
    stop: (reason) => heard.push(reason),
    setDesired: (desired) => heard.push(desired),
    standsStill: () => false,
    inProcess: false,
    forbidsOverlap: false,
    askedMs: 0,
  };
}

it('passes on what was said before the attempt had a supervisor, in order', () => {
  const running = new Running();
  const added = attempt();
  running.expect(id);
  running.setDesired(id, { pause: true });
  running.setDesired(id, { cancel: 'enough' });
  running.add(id, added);
  running.setDesired(id, {});
  expect(added.heard).toEqual([{ pause: true }, { cancel: 'enough' }, {}]);
});

it('stops what forbids overlap and has been open for long enough to be taken over, and nothing else', () => {
  const running = new Running();
  const [allows, old, young] = [
    attempt(),
    { ...attempt(), forbidsOverlap: true, askedMs: 100 },
    { ...attempt(), forbidsOverlap: true, askedMs: 101 },
  ];
  for (const [i, each] of [allows, old, young].entries()) running.add(`job${i}.1` as AttemptId, each);
  const reason = { cause: 'lost', message: 'away' } as const;
  running.stopOverlapForbidding(100, reason);
  expect([allows.heard, old.heard, young.heard]).toEqual([[], [reason], []]);
  running.stopOverlapForbidding(101, reason);
  expect(young.heard).toEqual([reason]);
});

it('keeps nothing of attempts that it does not run', () => {
  const running = new Running();
  running.setDesired(id, { cancel: 'too late' });
  const added = attempt();
  running.add(id, added);
  expect(added.heard).toEqual([]);
  running.remove(id);
  running.stop(id, { cause: 'lost', message: '' });
  expect(added.heard).toEqual([]);
  expect(running.size).toBe(0);
});
