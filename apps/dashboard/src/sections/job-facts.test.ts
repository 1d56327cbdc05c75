import { describe, expect, it } from 'vitest';
import { at, someAttempt, someJob } from '../../testing/some-job.js';
import { jobFacts, jobSummary } from './job-facts.js';

const ended = { endedAt: at(900), durationMs: 900, outcome: 'failed', cause: 'error' } as const;
const summary = (given: Parameters<typeof someJob>[0]) => String(jobSummary(someJob(given)));

describe('the summary of a job', () => {
  it.each([
    [{ state: 'queued', attempts: [] }, 'Waiting for a worker.'],
    [{ state: 'paused', attempts: [] }, 'It is not started before it is resumed.'],
    [{ state: 'scheduled', attempts: [] }, 'Waiting for its start time.'],
    [
      { state: 'scheduled', attempts: [], expected: { startAt: at(3_600_000), finishAt: null } },
      'Waiting for its start time, 2026-11-21 11:00:00 UTC.',
    ],
    [{ attempts: [someAttempt()] }, 'Attempt 1 started after 50 ms in the queue.'],
    [{ attempts: [someAttempt(ended), someAttempt({ number: 2 })] }, 'Attempt 2 started.'],
    [{ state: 'scheduled', attempts: [someAttempt(ended)] }, 'Attempt 1 has ended; waiting for the next one.'],
    [
      { state: 'failed', finishedAt: at(900), attempts: [someAttempt(ended)] },
      'It ended with attempt 1, which took 900 ms.',
    ],
    [{ state: 'cancelled', finishedAt: at(900), attempts: [] }, 'It ended before it was started.'],
  ] as [Parameters<typeof someJob>[0], string][])('of %j is "%s"', (job, sentence) => {
    expect(summary(job)).toContain(` ${sentence}`);
  });

  it('names the provider that a waiting job waits for, and why (F145)', () => {
    const waitingFor = { provider: 'local', state: 'open', until: at(30_000), reason: 'no answer' } as const;
    expect(summary({ state: 'queued', attempts: [], waitingFor })).toContain(
      'Waiting for the provider local, which takes no calls now (failing until 2026-11-21 10:00:30 UTC: no answer).',
    );
  });
});

it('attempts that were lost or released are not counted among those of a job', () => {
  const lost = someAttempt({ ...ended, outcome: 'lost', cause: 'worker_lost' });
  const facts = String(jobFacts(someJob({ attempts: [lost, someAttempt({ number: 2 })] })));
  expect(facts).toContain('1 of at most 2, and 1 more that ended because of the worker or the provider');
});
