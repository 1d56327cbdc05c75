import type { AttemptId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { type RunningAttempt, RunningAttempts } from './running-attempts.js';

const id = 'job.1' as AttemptId;

function attempt(): RunningAttempt & { received: unknown[] } {
  const received: unknown[] = [];
  return {
    received,
    stop: (reason) => received.push(reason),
    setDesired: (desired) => received.push(desired),
    isPaused: () => false,
    inProcess: false,
    forbidsOverlap: false,
    requestedMs: 0,
  };
}

it('delivers controls that arrived before the attempt had a supervisor, in their order', () => {
  const running = new RunningAttempts();
  const added = attempt();
  running.expect(id);
  running.setDesired(id, { pause: true });
  running.setDesired(id, { cancel: 'enough' });
  running.add(id, added);
  running.setDesired(id, {});
  expect(added.received).toEqual([{ pause: true }, { cancel: 'enough' }, {}]);
});

it('stops only attempts that forbid overlap and were requested long enough ago to be taken over', () => {
  const running = new RunningAttempts();
  const [allows, old, young] = [
    attempt(),
    { ...attempt(), forbidsOverlap: true, requestedMs: 100 },
    { ...attempt(), forbidsOverlap: true, requestedMs: 101 },
  ];
  for (const [i, each] of [allows, old, young].entries()) running.add(`job${i}.1` as AttemptId, each);
  const reason = { cause: 'lost', message: 'away' } as const;
  running.stopOverlapForbidding(100, reason);
  expect([allows.received, old.received, young.received]).toEqual([[], [reason], []]);
  running.stopOverlapForbidding(101, reason);
  expect(young.received).toEqual([reason]);
});

it('drops controls of attempts that it does not run', () => {
  const running = new RunningAttempts();
  running.setDesired(id, { cancel: 'too late' });
  const added = attempt();
  running.add(id, added);
  expect(added.received).toEqual([]);
  running.remove(id);
  running.stop(id, { cause: 'lost', message: '' });
  expect(added.received).toEqual([]);
  expect(running.size).toBe(0);
});
