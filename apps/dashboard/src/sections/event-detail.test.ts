import type { JobEvent } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { eventDetail } from './event-detail.js';

const event = (type: JobEvent['type'], data: unknown): JobEvent => ({
  id: '1-0',
  type,
  at: '2026-11-21T10:00:00.000Z',
  attempt: 1,
  data,
});

describe('the data of an event in words', () => {
  it.each([
    [
      event('attempt_ended', { outcome: 'stopped', cause: 'deadline', durationMs: 4_012 }),
      'outcome stopped, duration 4 s, because: The attempt reached its deadline and was stopped.',
    ],
    [
      event('started', { worker: 'worker-1', deadlineAt: Date.parse('2026-11-21T10:00:09.000Z') }),
      'deadline at 10:00:09, worker worker-1',
    ],
    [event('started', { deadlineAt: Date.parse('2026-11-22T10:00:09.000Z') }), 'deadline at 2026-11-22 10:00:09'],
    [event('late', { lateMs: 846 }), 'after 846 ms'],
    [event('step_started', { job: 'j1-s1', step: 'plan', allocationMs: 36_000 }), 'step plan, allotted 36 s'],
    [event('finished', { state: 'failed', cause: 'deadline' }), 'state failed'],
    [event('step_ended', { job: 'j1-s2', step: 'plan', state: 'skipped' }), 'step plan, state skipped'],
    [event('progress', 'half'), ''],
    [event('progress', { percent: 40, note: null, step: '' }), 'percent 40'],
    [event('progress', { value: null, percent: 40, percentIs: 'estimated', phase: { name: 'x' } }), 'percent 40'],
    [event('monitor', { intent: 'code', reason: 'it writes code', stuck: null }), 'intent code, reason it writes code'],
    [event('extended', { deadlineMs: 4_000, by: 'monitor', reason: 'news' }), 'by monitor, deadline 4 s, reason news'],
    [event('started', { deadlineAt: 9e15 }), 'deadline at 9000000000000000'],
  ])('for %j is "%s"', (given, text) => {
    expect(eventDetail(given)).toBe(text);
  });

  it('is cut to 300 characters', () => {
    expect(eventDetail(event('progress', { note: 'x'.repeat(5_000) })).length).toBeLessThanOrEqual(300);
  });
});
