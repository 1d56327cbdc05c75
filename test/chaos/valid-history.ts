import type { Attempt, Decision, Job } from '@leeway/contract';
import type { ChaosHistory, JobHistory, StoredEvent } from './history.js';
import type { Behaviour } from './workload-plan.js';

/** Epoch ms at which this history begins. */
export const T0 = 1_800_000_000_000;
export const JOB = 'j000000001';
const WORKERS = { first: 'host-101-aaaaaa', second: 'host-102-bbbbbb' };

/** Milliseconds after T0, as a record shows it. */
const iso = (ms: number): string => new Date(T0 + ms).toISOString();

/**
 * A history without a violation: worker 101 is killed at 2 s while it runs attempt 1 of a command; attempt 2 on worker
 * 102 succeeds. Tests put one fault into it each.
 */
export function validHistory(behaviour: Behaviour = 'work'): ChaosHistory {
  return {
    startedAt: T0,
    calmAt: T0 + 20_000,
    jobs: [validJob(behaviour)],
    keys: new Map([['key-1', [JOB]]]),
    attacks: [{ attack: { kind: 'kill_worker', slot: 0 }, from: T0 + 2_000, to: T0 + 2_900, worker: 101 }],
    workers: [
      { pid: 101, from: T0, to: T0 + 2_010, lines: [`{"time":"${iso(1_900)}","msg":"the main loop is paused"}`] },
      { pid: 102, from: T0, to: Infinity, lines: [] },
    ],
    stalls: [],
    classes: [{ name: 'command/sh', counters: { succeeded: 1 }, durations: 1 }],
    leftovers: { entries: [], misindexed: [] },
  };
}

function validJob(behaviour: Behaviour): JobHistory {
  const attempts = [
    attempt({
      number: 1,
      worker: WORKERS.first,
      startedAt: iso(1_000),
      endedAt: iso(2_500),
      outcome: 'lost',
      cause: 'worker_lost',
      durationMs: 1_500,
    }),
    attempt({
      number: 2,
      worker: WORKERS.second,
      startedAt: iso(2_600),
      endedAt: iso(4_600),
      outcome: 'succeeded',
      durationMs: 2_000,
    }),
  ];
  return {
    id: JOB,
    job: {
      id: JOB,
      class: 'command/sh',
      state: 'succeeded',
      cause: null,
      attempts,
      losses: 1,
      maxAttempts: 2,
      result: { stdout: `done by ${JOB}.2\n` },
      error: null,
      metadata: { key: 'key-1' },
    } as unknown as Job,
    client: {
      planned: {
        key: 'key-1',
        atMs: 0,
        behaviour,
        forMs: 2_000,
        options: { attempts: 2, timeoutMs: 30_000 },
        control: null,
      },
      ids: new Set([JOB]),
      acceptedAt: T0 + 900,
      controls: [],
      unexpected: [],
    },
    events: [
      event('submitted', 0, 900),
      event('started', 1, 1_000),
      event('lost', 1, 2_500),
      event('started', 2, 2_600),
      event('attempt_ended', 2, 4_600),
      event('finished', 2, 4_600, { state: 'succeeded' }),
    ],
    journal: [
      { event: 'start', attempt: `${JOB}.1`, pid: 500, at: T0 + 1_050 },
      { event: 'start', attempt: `${JOB}.2`, pid: 600, at: T0 + 2_650 },
      { event: 'end', attempt: `${JOB}.2`, pid: 600, at: T0 + 4_550 },
    ],
    sightings: [
      { attempt: `${JOB}.1`, pid: 500, firstAt: T0 + 1_100, lastAt: T0 + 2_050 },
      { attempt: `${JOB}.2`, pid: 600, firstAt: T0 + 2_700, lastAt: T0 + 4_500 },
    ],
    bull: 'completed',
  };
}

function attempt(its: Partial<Attempt> & Pick<Attempt, 'startedAt'>): Attempt {
  const deadlineAt = new Date(Date.parse(its.startedAt) + 30_000).toISOString();
  return { cause: null, deadlineAt, decision: { deadlineMs: 30_000 } as Decision, ...its } as Attempt;
}

function event(type: StoredEvent['type'], number: number, atMs: number, data: unknown = {}): StoredEvent {
  return { type, attempt: number, at: T0 + atMs, data };
}
