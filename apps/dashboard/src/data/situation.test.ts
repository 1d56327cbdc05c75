import type { JobState, ProviderState, WorkerInfo } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { someJob, START_MS } from '../../testing/some-job.js';
import type { Overview } from './overview.js';
import { runningAttempt, type RunningAttempt } from './running-attempt.js';
import { situation } from './situation.js';

const NONE: Record<JobState, number> = {
  scheduled: 0,
  queued: 0,
  running: 0,
  paused: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
};
const WORKER: WorkerInfo = {
  id: 'worker-1',
  host: 'here',
  pid: 1,
  version: '0.1.0',
  kinds: ['command'],
  concurrency: 8,
  running: 0,
  abandoned: 0,
  treeKill: 'full',
  startedAt: '2026-11-21T10:00:00.000Z',
  lastSeenAt: '2026-11-21T10:00:00.000Z',
  state: 'active',
};
const overview = (given: Partial<Overview>): Overview => ({
  atMs: START_MS,
  counts: NONE,
  running: [],
  notShown: 0,
  classes: [],
  workers: [WORKER],
  providers: [],
  recent: [],
  ...given,
});
const attemptAfter = (ms: number) => runningAttempt(someJob(), START_MS + ms) as RunningAttempt;

describe('the summary of the overview', () => {
  it('shows that nothing has run yet after the first start', () => {
    expect(situation(overview({}))).toBe('Nothing has run yet; 1 worker is ready.');
  });

  it('counts running, waiting and paused jobs, and workers', () => {
    const counts = { ...NONE, running: 12, queued: 2, scheduled: 1 };
    expect(situation(overview({ counts, workers: [WORKER, WORKER] }))).toBe(
      '12 jobs are running on 2 workers, and 3 are waiting.',
    );
    expect(situation(overview({ counts: { ...NONE, running: 1, paused: 1 } }))).toBe(
      '1 job is running on 1 worker, 1 is paused, and nothing is waiting.',
    );
  });

  it('shows that nothing is running or waiting when all jobs have ended', () => {
    expect(situation(overview({ counts: { ...NONE, succeeded: 40, failed: 2 } }))).toBe(
      'Nothing is running or waiting; 1 worker is ready, and 42 jobs ended so far.',
    );
  });

  it('counts attempts that are late and attempts that are being ended', () => {
    const counts = { ...NONE, running: 2 };
    const running = [attemptAfter(5_000), attemptAfter(11_000)];
    const text = situation(overview({ counts, running }));
    expect(text).toContain('1 attempt is late: longer than 19 of 20 runs like it.');
    expect(text).toContain('1 attempt is past the deadline and being ended.');
  });

  it('warns of lost workers, of handlers that ignore the signal to stop, and of jobs that no worker takes', () => {
    const workers = [{ ...WORKER, state: 'lost' as const, abandoned: 2 }];
    const text = situation(overview({ counts: { ...NONE, queued: 3 }, workers }));
    expect(text).toContain('1 worker was lost; its jobs are requeued.');
    expect(text).toContain('2 handlers ignored the signal to stop and still hold memory.');
    expect(text).toContain('No worker takes new jobs: start a worker, or they keep waiting.');
  });

  it('names a provider without calls, for how long, and how many jobs wait for it (F145, F147)', () => {
    const provider: ProviderState = {
      name: 'openai',
      state: 'parked',
      until: new Date(START_MS + 90_000).toISOString(),
      since: null,
      reason: 'it answered 429 (insufficient_quota)',
      waiting: 3,
      calls: { answered: 1, failed: 0, rateLimited: 0, usageLimited: 1 },
      opened: 0,
      parked: 1,
    };
    expect(situation(overview({ providers: [provider] }))).toContain(
      'The provider openai has reached its usage limit, so no calls are made to it for another 1 min 30 s; 3 jobs wait for it.',
    );
    expect(situation(overview({ providers: [{ ...provider, state: 'held' }] }))).not.toContain('openai');
  });
});
