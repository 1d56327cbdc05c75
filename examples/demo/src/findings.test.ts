import { expect, test } from 'vitest';
import { attempt, goodJobs, job, KILLED_AT_MS, learning, outcomeOf } from '../testing/fake-run.js';
import { findings, learnedRows, type Outcome } from './findings.js';

/** The findings that say something promised did not happen. */
function broken(outcome: Outcome): string[] {
  return findings(outcome)
    .filter((one) => one.kept === false)
    .map((one) => one.text);
}

test('when everything happened as promised no finding says otherwise', () => {
  const found = findings(outcomeOf(goodJobs()));
  expect(found.map((one) => one.kept)).toEqual(found.map(() => true));
});

test('what was learned is read from the first and the last decision of each class', () => {
  const row = learnedRows(outcomeOf(goodJobs()).log)[0];
  expect(row).toMatchObject({ runs: 25, firstDeadlineMs: 600_000, lastDeadlineMs: 2_000, usualMs: 200 });
});

test('a deadline that never tightened is found', () => {
  const flat = learning().map((one) => ({ ...one, attempts: [attempt({ deadlineMs: 2_000 })] }));
  expect(broken(outcomeOf({ ...goodJobs(), slow: job(), hangs: goodJobs().hangs }, flat))[0]).toContain(
    'deadlines tightened',
  );
});

test('a hung task that ended for another reason is found', () => {
  const { hangs } = goodJobs();
  expect(broken(outcomeOf({ ...goodJobs(), hangs: { ...hangs, cause: 'idle' } }))).toEqual([
    expect.stringContaining('the cause idle'),
  ]);
});

test('a hung task that was ended long after deadline and grace is found', () => {
  const hangs = job({
    state: 'failed',
    cause: 'deadline',
    attempts: [attempt({ outcome: 'stopped', cause: 'deadline', durationMs: 20_000 })],
  });
  expect(broken(outcomeOf({ ...goodJobs(), hangs }))).toHaveLength(1);
});

test('a slow but healthy task that was killed first is found, also when its retry succeeded', () => {
  const slow = job({ attempts: [attempt({ outcome: 'stopped', cause: 'deadline' }), attempt({ durationMs: 600 })] });
  expect(broken(outcomeOf({ ...goodJobs(), slow }))).toEqual([expect.stringContaining('was not let through')]);
});

test('a failing task that counts as a success is found', () => {
  expect(broken(outcomeOf({ ...goodJobs(), fails: job() }))).toEqual([
    expect.stringContaining('the failing task ended as succeeded'),
  ]);
});

test('healthy attempts that were killed are counted, and too many are found', () => {
  const killed = learning().map((one, index) =>
    index > 2 ? one : { ...one, attempts: [attempt({ deadlineMs: 600_000, outcome: 'stopped' }), attempt()] },
  );
  expect(broken(outcomeOf(goodJobs(), killed))).toEqual(['healthy attempts that were killed: 9 of 85']);
});

test('a healthy task that succeeded twice is found', () => {
  const twice = learning().with(0, job({ attempts: [attempt({ deadlineMs: 600_000 }), attempt()] }));
  expect(broken(outcomeOf(goodJobs(), twice))).toEqual(['73 of 76 healthy tasks succeeded, each once']);
});

test('a task of the killed worker that never ran again, or too late, is found', () => {
  const never = job({ state: 'failed', attempts: [attempt({ outcome: 'lost' })] });
  expect(broken(outcomeOf({ ...goodJobs(), lost: never }))).toContainEqual(expect.stringContaining('not all of them'));
  const late = job({ attempts: [attempt({ outcome: 'lost' }), attempt({ atMs: KILLED_AT_MS + 7_000 })] });
  expect(broken(outcomeOf({ ...goodJobs(), lost: late }))).toEqual([expect.stringContaining('the last after 7 s')]);
});

test('a process that is left is found; where none can be counted nothing is claimed', () => {
  expect(broken(outcomeOf(goodJobs(), learning(), 1))).toEqual(['processes of ended tasks left on this machine: 1']);
  expect(findings({ ...outcomeOf(goodJobs()), processesLeft: undefined }).at(-1)).toMatchObject({ kept: undefined });
});

test('a kill that was left out is neither kept nor broken', () => {
  expect(findings({ ...outcomeOf(goodJobs()), deeds: { kill: undefined } }).map((one) => one.kept)).toContain(
    undefined,
  );
});
