import type { Cap, Decision } from '@leeway/contract';
import { describe, expect, test } from 'vitest';
import { pace, progressText } from './pace.js';

const decision = { deadlineMs: 12_000, expectedMs: 5_000, lateMs: 8_000, caps: [] as Cap[] } as Decision;

describe('the status line of a running attempt', () => {
  test('shows the remaining time before the usual time is over', () =>
    expect(pace({ elapsedMs: 2_000, decision })).toBe('running for 2 s · usually 5 s, about 3 s left · deadline 12 s'));

  test('shows no remaining time after the usual time is over', () =>
    expect(pace({ elapsedMs: 6_000, decision })).toBe('running for 6 s · longer than the usual 5 s · deadline 12 s'));

  test('calls it late after the 95th percentile', () =>
    expect(pace({ elapsedMs: 9_000, decision })).toBe(
      'running for 9 s · late: 19 of 20 take no longer than 8 s · deadline 12 s',
    ));

  test('prefers the remaining time that its worker reports (F157)', () => {
    expect(pace({ elapsedMs: 2_000, decision, leftMs: 4_000 })).toContain('usually 5 s, about 4 s left');
    expect(pace({ elapsedMs: 6_000, decision, leftMs: 1_500 })).toContain(
      'longer than the usual 5 s, about 1.5 s left',
    );
  });

  test('shows reported progress before everything else', () =>
    expect(pace({ elapsedMs: 2_000, decision, progress: ['40 %', 'thinking for 6 s'] })).toBe(
      'running for 2 s · 40 % · thinking for 6 s · usually 5 s, about 3 s left · deadline 12 s',
    ));

  test('shows no deadline where there is no timeout (F23)', () => {
    const caps: Cap[] = [{ name: 'backstop', limitMs: 12_000, bit: true }];
    expect(pace({ elapsedMs: 9_000, decision: { ...decision, caps }, deadlineMs: 12_000 })).toBe(
      'running for 9 s · late: 19 of 20 take no longer than 8 s · no timeout',
    );
  });

  test('shows a deadline that was moved since the decision', () =>
    expect(pace({ elapsedMs: 2_000, decision, deadlineMs: 20_000 })).toContain('deadline 20 s'));

  test('shows that there are no runs to compare with where nothing was learned', () =>
    expect(pace({ elapsedMs: 0, decision: { ...decision, expectedMs: null, lateMs: null } })).toBe(
      'running for 0 ms · no runs like it yet · deadline 12 s',
    ));
});

describe('a report of progress as text', () => {
  const unknown = { value: null, elapsedMs: 1, expectedMs: null, remainingMs: null, deadlineMs: 9 };

  test('has percent, phase and the reason for silence (F157, F158)', () => {
    const phase = { name: 'deeper analysis', number: 2, of: 5, startedAtMs: 0, windowMs: 60_000 };
    const notice = { what: 'thinking' as const, forMs: 12_000 };
    expect(progressText({ ...unknown, percent: 40, percentIs: 'estimated', phase, notice })).toEqual([
      '40 % (estimated)',
      'phase 2 of 5: deeper analysis',
      'thinking for 12 s',
    ]);
  });

  test('leaves out what is not known', () => {
    expect(progressText({ ...unknown, percent: null, percentIs: null, phase: null, notice: null })).toEqual([]);
    expect(progressText({ ...unknown, percent: 7, percentIs: 'reported', phase: null, notice: null })).toEqual(['7 %']);
  });
});
