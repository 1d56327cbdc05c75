import type { Attempt, Job } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { checkHistory } from './chaos/check-history.js';
import { parseJournal } from './chaos/journal.js';
import type { ChaosHistory, JobHistory } from './chaos/history.js';
import { validHistory, JOB, T0 } from './chaos/valid-history.js';
import { afterMs } from './chaos/disturbances.js';
import { violationReport } from './chaos/violation-report.js';

type Mutable = { -readonly [K in keyof JobHistory]: JobHistory[K] };
interface Parts {
  history: { -readonly [K in keyof ChaosHistory]: ChaosHistory[K] };
  entry: Mutable;
  job: Job;
  first: Attempt;
  last: Attempt;
}

/** The valid history with one fault in it. */
function withFault(how: (parts: Parts) => void): ChaosHistory {
  const history = validHistory();
  const entry = history.jobs[0] as JobHistory;
  const job = entry.job as Job;
  how({ history, entry, job, first: job.attempts[0] as Attempt, last: job.attempts[1] as Attempt });
  return history;
}

const at = (ms: number): number => T0 + ms;
const iso = (ms: number): string => new Date(at(ms)).toISOString();

/** A fault, the check that has to find it, and how it is made. */
const FAULTS: [fault: string, check: string, how: (parts: Parts) => void][] = [
  ['a job without a record', 'every accepted job ends once', ({ entry }) => void (entry.job = null)],
  ['a job that is still running', 'every accepted job ends once', ({ job }) => void (job.state = 'running')],
  [
    'an end that is published twice',
    'every accepted job ends once',
    ({ entry }) => void (entry.events = [...entry.events, ...entry.events.slice(-1)]),
  ],
  [
    'two jobs for one key',
    'every accepted job ends once',
    ({ history }) => void (history.keys = new Map([['key-1', [JOB, 'j2']]])),
  ],
  ['a reply of 500', 'every accepted job ends once', ({ entry }) => void entry.client?.unexpected.push('submit: 500')],
  [
    'the result of an earlier attempt',
    'only the last attempt has a result',
    ({ job }) => void (job.result = { stdout: `done by ${JOB}.1` }),
  ],
  [
    'two attempts that succeeded',
    'only the last attempt has a result',
    ({ first }) => void (first.outcome = 'succeeded'),
  ],
  [
    'an event of an attempt that has ended',
    'only the last attempt has a result',
    ({ entry }) =>
      void (entry.events = [
        ...entry.events.slice(0, -1),
        { type: 'output', attempt: 1, at: at(3_000), data: {} },
        ...entry.events.slice(-1),
      ]),
  ],
  [
    'a loss without an attack',
    'every extra run is explained',
    ({ history }) => void Object.assign(history, { attacks: [], workers: [] }),
  ],
  [
    'a loss while only Redis was attacked',
    'every extra run is explained',
    ({ history }) =>
      void Object.assign(history, {
        workers: [],
        attacks: [{ attack: { kind: 'kill_redis', forMs: 900 }, from: at(1_500), to: at(2_400), worker: null }],
      }),
  ],
  ['a retry that was not announced', 'every extra run is explained', ({ first }) => void (first.outcome = 'failed')],
  ['losses that are not counted', 'every extra run is explained', ({ job }) => void (job.losses = 0)],
  [
    'more attempts than allowed',
    'every extra run is explained',
    ({ job }) => void Object.assign(job, { maxAttempts: 0 }),
  ],
  [
    'a process that is alive while the next attempt runs',
    'no two runs of one job overlap',
    ({ entry }) => void ((entry.sightings[0] as { lastAt: number }).lastAt = at(2_800)),
  ],
  [
    'two runs that recorded an overlap',
    'no two runs of one job overlap',
    ({ entry }) =>
      void (entry.journal = [
        ...entry.journal,
        { event: 'overlap', attempt: `${JOB}.2`, pid: 600, at: at(2_650), other: `${JOB}.1` },
      ]),
  ],
  [
    'a process that runs beyond its deadline',
    'no attempt runs beyond its deadline',
    ({ last }) => void (last.deadlineAt = iso(2_400)),
  ],
  [
    'an attempt that is settled too late',
    'no attempt runs beyond its deadline',
    ({ last, entry }) => {
      Object.assign(last, { deadlineAt: iso(2_700), endedAt: iso(5_400) });
      entry.sightings = [];
    },
  ],
  [
    'an attempt that is ended too early for its deadline',
    'no attempt runs beyond its deadline',
    ({ last }) => void Object.assign(last, { cause: 'deadline', durationMs: 29_999 }),
  ],
  [
    'a process that survives its attempt',
    'no process survives its attempt',
    ({ entry }) => void ((entry.sightings[1] as { lastAt: number }).lastAt = at(9_700)),
  ],
  [
    'an observation that is counted twice',
    'every attempt is observed once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 2 }, durations: 1 }]),
  ],
  [
    'a duration that is stored twice',
    'every attempt is observed once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 1 }, durations: 2 }]),
  ],
  [
    'a duration that is not stored',
    'every attempt is observed once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 1 }, durations: 0 }]),
  ],
  ['an ended job that waits in BullMQ', 'record and BullMQ agree', ({ entry }) => void (entry.bull = 'waiting')],
  [
    'an outbox entry that is left over',
    'record and BullMQ agree',
    ({ history }) => void (history.leftovers = { entries: [`outbox: ${JOB}`], misindexed: [] }),
  ],
  [
    'an index that disagrees with the record',
    'record and BullMQ agree',
    ({ history }) => void (history.leftovers = { entries: [], misindexed: [`${JOB} is listed as queued`] }),
  ],
  [
    'healthy work that failed',
    'every job ends as its work does',
    ({ job, last }) => {
      Object.assign(job, { state: 'failed', cause: 'error' });
      last.outcome = 'failed';
    },
  ],
  [
    'a cancel whose reply is not true',
    'every job ends as its work does',
    ({ entry }) =>
      void Object.assign(entry.client ?? {}, { controls: [{ verb: 'cancel', sentAt: at(3_000), done: 'cancelled' }] }),
  ],
  [
    'a cancelled job that no user cancelled',
    'every job ends as its work does',
    ({ job }) => void Object.assign(job, { state: 'cancelled', cause: 'cancelled' }),
  ],
];

const holdsDeadlines = (history: ChaosHistory): boolean =>
  !checkHistory(history).some(({ check }) => check === 'no attempt runs beyond its deadline');

describe('the checks of the chaos test', () => {
  it('find no violation in a valid history', () => {
    expect(checkHistory(validHistory())).toEqual([]);
  });

  it.each(FAULTS)('find %s: the check "%s"', (_, check, how) => {
    expect(checkHistory(withFault(how)).map((violation) => violation.check)).toContain(check);
  });

  it('allow a worker that was cut off to overlap with the next one, but not where the job forbids it', () => {
    const cut = (overlap: string) =>
      withFault(({ history, entry }) => {
        history.attacks = [
          {
            attack: { kind: 'cut_worker', slot: 0, how: 'hold', forMs: 2_000 },
            from: at(1_500),
            to: at(3_500),
            worker: 101,
          },
        ];
        history.workers = [];
        (entry.sightings[0] as { lastAt: number }).lastAt = at(3_000);
        Object.assign(entry.client?.planned.options ?? {}, { overlap });
      });
    expect(checkHistory(cut('allow'))).toEqual([]);
    expect(checkHistory(cut('forbid')).map(({ check }) => check)).toEqual(['no two runs of one job overlap']);
  });

  it('count the deadline from when the worker received the reply to its claim, where it was cut off meanwhile', () => {
    const late = (worker: number) =>
      withFault(({ history, last }) => {
        history.attacks = [
          { attack: { kind: 'cut_worker', slot: 1, how: 'hold', forMs: 300 }, from: at(2_000), to: at(2_300), worker },
        ];
        Object.assign(last, { startedAt: iso(2_100), deadlineAt: iso(2_400) });
      });
    expect(late(102)).toSatisfy(holdsDeadlines);
    expect(late(101)).not.toSatisfy(holdsDeadlines);
  });

  it('give other workers five seconds for commands that have lost their leash and then their worker', () => {
    const left = ({ leash, seenUntilMs }: { leash: boolean; seenUntilMs: number }) =>
      withFault(({ history, entry, last }) => {
        const blocking = validHistory('blocking').jobs[0] as JobHistory;
        const journal = [{ event: 'start' as const, attempt: 'j2.1', pid: 102, at: at(3_000) }];
        history.jobs = [...history.jobs, { ...blocking, id: 'j2', job: null, journal }];
        history.workers = [{ pid: 102, from: at(0), to: at(4_000), lines: [] }];
        history.attacks = leash
          ? [{ attack: { kind: 'kill_leash', slot: 1 }, from: at(3_500), to: at(3_500), worker: 102 }]
          : [];
        Object.assign(last, { deadlineAt: iso(2_400), outcome: 'lost', cause: 'worker_lost' });
        (entry.sightings[1] as { lastAt: number }).lastAt = at(seenUntilMs);
      });
    expect(left({ leash: true, seenUntilMs: 9_000 })).toSatisfy(holdsDeadlines);
    expect(left({ leash: false, seenUntilMs: 9_000 })).not.toSatisfy(holdsDeadlines);
    expect(left({ leash: true, seenUntilMs: 12_000 })).not.toSatisfy(holdsDeadlines);
  });

  it('report a violation with the history of its job and the attacks around it', () => {
    const history = withFault(({ last }) => void (last.deadlineAt = iso(2_400)));
    const report = violationReport(checkHistory(history)[0] as never, history);
    expect(report).toContain('attempt 1 on host-101-aaaaaa: 1.000 s to 2.500 s lost');
    expect(report).toContain('2.000 s to 2.900 s  kill worker 0 (pid 101)');
    expect(report).toContain('1.900 s the main loop is paused');
  });
});

describe('a limit of time that leaves out spans', () => {
  it('is moved by the spans before it, also by those that come before it only because it was moved', () => {
    expect(afterMs([], 100, 50)).toBe(150);
    expect(afterMs([{ from: 120, to: 130 }], 100, 50)).toBe(160);
    expect(
      afterMs(
        [
          { from: 90, to: 110 },
          { from: 155, to: 165 },
        ],
        100,
        50,
      ),
    ).toBe(170);
    expect(
      afterMs(
        [
          { from: 120, to: 130 },
          { from: 125, to: 140 },
        ],
        100,
        50,
      ),
    ).toBe(170);
    expect(afterMs([{ from: 200, to: 300 }], 100, 50)).toBe(150);
  });
});

describe('a journal', () => {
  it('is read line by line, without a line that a kill has cut off', () => {
    expect(parseJournal('start j.1 12 1800\noverlap j.2 13 1900 j.1 12\nend j.1')).toEqual([
      { event: 'start', attempt: 'j.1', pid: 12, at: 1_800 },
      { event: 'overlap', attempt: 'j.2', pid: 13, at: 1_900, other: 'j.1' },
    ]);
  });
});
