import { expect, test } from 'vitest';
import { someAttempt, someJob } from '../../testing/some-job.js';
import { progressSection } from './progress-section.js';

const progress = {
  value: null,
  elapsedMs: 30_000,
  expectedMs: 60_000,
  remainingMs: 40_000,
  deadlineMs: 120_000,
  percent: 42,
  percentIs: 'estimated' as const,
  phase: { name: 'deeper analysis', number: 2, of: 5, startedAtMs: 20_000, windowMs: 60_000 },
  notice: { what: 'thinking' as const, forMs: 12_000 },
};
const monitor = {
  ...{ intent: 'code' as const, confidence: 0.9, advice: 'extend' as const, stuck: null },
  ...{ reason: 'it writes code, and there is something new', extensions: 2, extendedMs: 10_000, idleMs: null },
};
const shown = (job: Parameters<typeof someJob>[0]) => String(progressSection(someJob(job)));

test('the progress of a running job has percent, remaining time, phase and the reason for silence (F157, F158)', () => {
  const html = shown({ progress });
  expect(html).toContain('<progress max="100" value="42"');
  expect(html).toContain(
    '42 % (estimated from runs like it) · about 40 s left · phase 2 of 5: deeper analysis · thinking for 12 s',
  );
});

test('the findings about the output are shown with their effect on the deadline, also after the end (F112)', () => {
  const attempts = [someAttempt({ monitor, endedAt: '2026-11-21T10:00:09.000Z', outcome: 'succeeded' })];
  const html = shown({ attempts, progress });
  expect(html).toContain('Its output: it writes code, and there is something new. This moved the deadline by 10 s.');
  expect(html).not.toContain('<progress');
});

test('a job that waits for a person is shown with the reason (F77)', () => {
  const waiting = { since: '2026-11-21T10:00:02.000Z', reason: 'approval <of> the deploy' };
  expect(shown({ attempts: [someAttempt({ waiting })] })).toContain('approval &lt;of&gt; the deploy');
});

test('a job without reports is shown as one', () => {
  expect(shown({ attempts: [] })).toContain('No progress has been reported.');
});
