import type { Attempt, Job } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { checkHistory } from './chaos/check-history.js';
import { parseFacts } from './chaos/facts.js';
import type { ChaosHistory, JobHistory } from './chaos/history.js';
import { goodHistory, JOB, T0 } from './chaos/known-history.js';
import { afterMs } from './chaos/trouble.js';
import { violationReport } from './chaos/violation-report.js';

type Spoiled = { -readonly [K in keyof JobHistory]: JobHistory[K] };
interface Parts {
  history: { -readonly [K in keyof ChaosHistory]: ChaosHistory[K] };
  entry: Spoiled;
  job: Job;
  first: Attempt;
  last: Attempt;
}

/** The good history, spoiled in one place. */
function spoil(how: (parts: Parts) => void): ChaosHistory {
  const history = goodHistory();
  const entry = history.jobs[0] as JobHistory;
  const job = entry.job as Job;
  how({ history, entry, job, first: job.attempts[0] as Attempt, last: job.attempts[1] as Attempt });
  return history;
}

const at = (ms: number): number => T0 + ms;
const iso = (ms: number): string => new Date(at(ms)).toISOString();

/** What was done to the history, and the check that has to notice. */
const FINDS: [what: string, check: string, how: (parts: Parts) => void][] = [
  ['a job that is not known any more', 'every accepted job ends once', ({ entry }) => void (entry.job = null)],
  ['a job that still runs', 'every accepted job ends once', ({ job }) => void (job.state = 'running')],
  [
    'an end that is told twice',
    'every accepted job ends once',
    ({ entry }) => void (entry.events = [...entry.events, ...entry.events.slice(-1)]),
  ],
  [
    'two jobs for one key',
    'every accepted job ends once',
    ({ history }) => void (history.keys = new Map([['key-1', [JOB, 'j2']]])),
  ],
  ['an answer of 500', 'every accepted job ends once', ({ entry }) => void entry.client?.wrong.push('submit: 500')],
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
    'a late writer that is heard',
    'only the last attempt has a result',
    ({ entry }) =>
      void (entry.events = [
        ...entry.events.slice(0, -1),
        { type: 'output', attempt: 1, at: at(3_000), data: {} },
        ...entry.events.slice(-1),
      ]),
  ],
  [
    'a loss without any attack',
    'every extra run is explained',
    ({ history }) => void Object.assign(history, { attacks: [], workers: [] }),
  ],
  [
    'a loss for which only Redis was attacked',
    'every extra run is explained',
    ({ history }) =>
      void Object.assign(history, {
        workers: [],
        attacks: [{ attack: { kind: 'kill_redis', forMs: 900 }, from: at(1_500), to: at(2_400), worker: null }],
      }),
  ],
  ['a retry that nobody announced', 'every extra run is explained', ({ first }) => void (first.outcome = 'failed')],
  ['losses that are not counted', 'every extra run is explained', ({ job }) => void (job.losses = 0)],
  [
    'more attempts than allowed',
    'every extra run is explained',
    ({ job }) => void Object.assign(job, { maxAttempts: 0 }),
  ],
  [
    'a process that lives while the next attempt runs',
    'no two runs of one job overlap',
    ({ entry }) => void ((entry.sightings[0] as { lastAt: number }).lastAt = at(2_800)),
  ],
  [
    'two copies that met',
    'no two runs of one job overlap',
    ({ entry }) =>
      void (entry.facts = [
        ...entry.facts,
        { word: 'beside', attempt: `${JOB}.2`, pid: 600, at: at(2_650), other: `${JOB}.1` },
      ]),
  ],
  [
    'a process beyond its deadline',
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
    'an attempt that is ended before its deadline',
    'no attempt runs beyond its deadline',
    ({ last }) => void Object.assign(last, { cause: 'deadline', durationMs: 29_999 }),
  ],
  [
    'a process that survives its attempt',
    'nothing of an attempt survives it',
    ({ entry }) => void ((entry.sightings[1] as { lastAt: number }).lastAt = at(9_700)),
  ],
  [
    'an observation that is counted twice',
    'every attempt teaches once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 2 }, totals: 1 }]),
  ],
  [
    'a duration that is learned twice',
    'every attempt teaches once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 1 }, totals: 2 }]),
  ],
  [
    'a duration that is not learned',
    'every attempt teaches once',
    ({ history }) => void (history.classes = [{ name: 'command/sh', counters: { succeeded: 1 }, totals: 0 }]),
  ],
  ['BullMQ that would run it again', 'record and BullMQ agree', ({ entry }) => void (entry.bull = 'waiting')],
  [
    'a move that nobody made',
    'record and BullMQ agree',
    ({ history }) => void (history.leftovers = { entries: [`moves: ${JOB}`], misfiled: [] }),
  ],
  [
    'an index that is wrong',
    'record and BullMQ agree',
    ({ history }) => void (history.leftovers = { entries: [], misfiled: [`${JOB} is listed as queued`] }),
  ],
  [
    'healthy work that failed',
    'the work decides how a job ends',
    ({ job, last }) => {
      Object.assign(job, { state: 'failed', cause: 'error' });
      last.outcome = 'failed';
    },
  ],
  [
    'a cancel that was promised and not done',
    'the work decides how a job ends',
    ({ entry }) =>
      void Object.assign(entry.client ?? {}, { controls: [{ verb: 'cancel', askedAt: at(3_000), done: 'cancelled' }] }),
  ],
  [
    'a cancel that nobody asked for',
    'the work decides how a job ends',
    ({ job }) => void Object.assign(job, { state: 'cancelled', cause: 'cancelled' }),
  ],
];

const holdsDeadlines = (history: ChaosHistory): boolean =>
  !checkHistory(history).some(({ check }) => check === 'no attempt runs beyond its deadline');

describe('the checks of the attack suite', () => {
  it('find nothing where all went well', () => {
    expect(checkHistory(goodHistory())).toEqual([]);
  });

  it.each(FINDS)('find %s: "%s"', (_, check, how) => {
    expect(checkHistory(spoil(how)).map((violation) => violation.check)).toContain(check);
  });

  it('allow a cut-off worker to overlap, but not where the job forbids it', () => {
    const cut = (overlap: string) =>
      spoil(({ history, entry }) => {
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

  it('let an attempt begin when its worker hears of it, where that worker was cut off', () => {
    const late = (worker: number) =>
      spoil(({ history, last }) => {
        history.attacks = [
          { attack: { kind: 'cut_worker', slot: 1, how: 'hold', forMs: 300 }, from: at(2_000), to: at(2_300), worker },
        ];
        Object.assign(last, { startedAt: iso(2_100), deadlineAt: iso(2_400) });
      });
    expect(late(102)).toSatisfy(holdsDeadlines);
    expect(late(101)).not.toSatisfy(holdsDeadlines);
  });

  it('give the others five seconds for what has lost its leash and then its worker', () => {
    const left = ({ leash, seenUntilMs }: { leash: boolean; seenUntilMs: number }) =>
      spoil(({ history, entry, last }) => {
        const holding = goodHistory('blocking').jobs[0] as JobHistory;
        const facts = [{ word: 'start' as const, attempt: 'j2.1', pid: 102, at: at(3_000) }];
        history.jobs = [...history.jobs, { ...holding, id: 'j2', job: null, facts }];
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

  it('show with a violation what they saw of the job and what was attacked then', () => {
    const history = spoil(({ last }) => void (last.deadlineAt = iso(2_400)));
    const report = violationReport(checkHistory(history)[0] as never, history);
    expect(report).toContain('attempt 1 on host-101-aaaaaa: 1.000 s to 2.500 s lost');
    expect(report).toContain('2.000 s to 2.900 s  kill worker 0 (pid 101)');
    expect(report).toContain('1.900 s the main loop is paused');
  });
});

describe('time that is not counted', () => {
  it('moves a limit by what lies before it, also by what the move brings before it', () => {
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

describe('facts', () => {
  it('are read line by line, and a line that a kill cut off is left out', () => {
    expect(parseFacts('start j.1 12 1800\nbeside j.2 13 1900 j.1 12\nend j.1')).toEqual([
      { word: 'start', attempt: 'j.1', pid: 12, at: 1_800 },
      { word: 'beside', attempt: 'j.2', pid: 13, at: 1_900, other: 'j.1' },
    ]);
  });
});
