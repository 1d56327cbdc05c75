import { describe, expect, it } from 'vitest';
import { deadlineBar } from './deadline-bar.js';

const BAR = { elapsedMs: 3_000, deadlineMs: 12_000, expectedMs: 4_000, lateMs: 6_000, lateness: 'on_time' } as const;

describe('the bar of an attempt', () => {
  it('is filled by the elapsed time, with marks for expected, late and deadline (F187)', () => {
    const { text } = deadlineBar(BAR);
    expect(text).toContain('class="fill on_time" y="5" width="25.00%"');
    expect(text).toContain('class="mark expected" x="33.33%"');
    expect(text).toContain('class="mark late" x="50.00%"');
    expect(text).toContain('class="mark deadline" x="100%"');
  });

  it('has the same as text for screen readers', () => {
    expect(deadlineBar(BAR).text).toContain('aria-label="3 s elapsed, expected 4 s, late after 6 s, ended at 12 s"');
  });

  it('has no marks for unknown times, and is full past the deadline', () => {
    const { text } = deadlineBar({ ...BAR, elapsedMs: 50_000, expectedMs: null, lateMs: null, lateness: 'overdue' });
    expect(text).toContain('width="100.00%"');
    expect(text).not.toContain('mark expected');
    expect(text).toContain('no expectation yet');
  });

  it('is plain text where there is no deadline', () => {
    expect(deadlineBar({ ...BAR, deadlineMs: null }).text).toBe('<span class="muted">3 s so far</span>');
  });
});
