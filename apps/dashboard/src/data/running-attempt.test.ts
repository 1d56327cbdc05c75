import { describe, expect, it } from 'vitest';
import { at, someAttempt, someDecision, someJob, START_MS } from '../../testing/some-job.js';
import { runningAttempt } from './running-attempt.js';

describe('an open attempt', () => {
  it.each([
    [1_000, 'on_time'],
    [4_001, 'late'],
    [10_000, 'overdue'],
  ])('is, %d ms after it began, %s', (afterMs, lateness) => {
    expect(runningAttempt(someJob(), START_MS + afterMs)?.lateness).toBe(lateness);
  });

  it('has no remaining time while it is paused', () => {
    expect(runningAttempt(someJob({ state: 'paused', late: true }), START_MS + 50_000)).toMatchObject({
      lateness: 'paused',
      remainingMs: null,
    });
  });

  it('is late once its worker has marked it late, whatever the clock of the dashboard shows', () => {
    expect(runningAttempt(someJob({ late: true }), START_MS + 10)?.lateness).toBe('late');
  });

  it('is neither late nor on time without history (F10)', () => {
    const attempts = [someAttempt({ decision: someDecision({ expectedMs: null, lateMs: null }) })];
    expect(runningAttempt(someJob({ attempts }), START_MS + 5_000)?.lateness).toBe('unknown');
  });

  it('has the remaining time to its current deadline, extensions included', () => {
    const attempts = [someAttempt({ deadlineAt: at(25_000), heartbeatAt: at(4_800) })];
    expect(runningAttempt(someJob({ attempts }), START_MS + 5_000)).toMatchObject({
      elapsedMs: 5_000,
      deadlineMs: 25_000,
      remainingMs: 20_000,
      heartbeatAgeMs: 200,
    });
  });

  it('has no deadline without a timeout, and can be late all the same (F23)', () => {
    const caps = [{ name: 'backstop' as const, limitMs: 10_000, bit: true }];
    const attempts = [someAttempt({ decision: someDecision({ deadlineMs: 10_000, lateMs: 4_000, caps }) })];
    const now = (afterMs: number) => runningAttempt(someJob({ attempts }), START_MS + afterMs);
    expect(now(5_000)).toMatchObject({ isWithoutTimeout: true, deadlineMs: null, remainingMs: null, lateness: 'late' });
    expect(now(10_001)?.lateness).toBe('overdue');
    expect(runningAttempt(someJob(), START_MS)?.isWithoutTimeout).toBe(false);
  });

  it('has no negative times when the clock of its worker is ahead', () => {
    const attempts = [someAttempt({ heartbeatAt: at(300) })];
    expect(runningAttempt(someJob({ attempts }), START_MS - 200)).toMatchObject({ elapsedMs: 0, heartbeatAgeMs: 0 });
  });

  it('does not exist when the last attempt has ended or none has started', () => {
    expect(runningAttempt(someJob({ attempts: [] }), START_MS)).toBeUndefined();
    expect(runningAttempt(someJob({ attempts: [someAttempt({ endedAt: at(5) })] }), START_MS)).toBeUndefined();
    expect(runningAttempt(someJob({ state: 'queued' }), START_MS)).toBeUndefined();
  });
});
