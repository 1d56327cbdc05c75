import { describe, expect, it } from 'vitest';
import { attempt, goodJobs, job, KILLED_AT_MS, ordinaryJobs, outcomeOf } from '../testing/fake-run.js';
import { findings, type Outcome } from './findings.js';

/** The texts of the promises that were not kept. */
function broken(outcome: Outcome): string[] {
  return findings(outcome)
    .filter(({ kept }) => kept === false)
    .map(({ text }) => text);
}

describe('the findings', () => {
  it('are all kept in a run without faults', () => {
    expect(findings(outcomeOf(goodJobs())).map(({ kept }) => kept)).toEqual(Array.from({ length: 8 }, () => true));
  });

  it('name deadlines that did not become tighter', () => {
    const flat = ordinaryJobs().map((one) => ({ ...one, attempts: [attempt({ deadlineMs: 2_000 })] }));
    expect(broken(outcomeOf(goodJobs(), flat))).toEqual([expect.stringContaining('quick 2 s -> 2 s')]);
  });

  it('name a hung task that ended for another reason than its deadline', () => {
    const hangs = { ...goodJobs().hangs, cause: 'idle' as const };
    expect(broken(outcomeOf({ ...goodJobs(), hangs }))).toEqual([expect.stringContaining('the cause idle')]);
  });

  it('name a slow task that did not succeed', () => {
    const slow = job({ state: 'failed', attempts: [attempt({ outcome: 'stopped', cause: 'deadline' })] });
    expect(broken(outcomeOf({ ...goodJobs(), slow }))).toEqual([expect.stringContaining('the slow task failed')]);
  });

  it('name a failing task that is reported as a success', () => {
    expect(broken(outcomeOf({ ...goodJobs(), fails: job() }))).toEqual([
      expect.stringContaining('the failing task succeeded'),
    ]);
  });

  it('name healthy tasks that succeeded twice', () => {
    const twice = ordinaryJobs().with(0, job({ attempts: [attempt({ deadlineMs: 600_000 }), attempt()] }));
    expect(broken(outcomeOf(goodJobs(), twice))).toEqual(['73 of 76 healthy tasks succeeded, each once']);
  });

  it('count healthy attempts that were stopped by mistake, without a judgement', () => {
    const stopped = ordinaryJobs().with(0, job({ attempts: [attempt({ outcome: 'stopped' }), attempt()] }));
    const found = findings(outcomeOf(goodJobs(), stopped));
    expect(found).toContainEqual({
      kept: undefined,
      text: 'healthy attempts that were stopped by mistake and run again: 3 of 79',
    });
  });

  it('name tasks of the killed worker that never ran again', () => {
    const lost = job({ state: 'failed', attempts: [attempt({ outcome: 'lost' })] });
    expect(broken(outcomeOf({ ...goodJobs(), lost }))).toContainEqual(expect.stringContaining('0 of its 1 tasks'));
  });

  it('show how long the tasks of the killed worker waited', () => {
    const lost = job({ attempts: [attempt({ outcome: 'lost' }), attempt({ atMs: KILLED_AT_MS + 7_000 })] });
    expect(findings(outcomeOf({ ...goodJobs(), lost }))).toContainEqual({
      kept: true,
      text: expect.stringContaining('the last after 7 s') as string,
    });
  });

  it('name processes that are left', () => {
    expect(broken({ ...outcomeOf(goodJobs()), processesLeft: 1 })).toEqual([
      'processes of ended tasks left on this machine: 1',
    ]);
  });

  it('do not judge what was left out or cannot be counted', () => {
    const found = findings({ ...outcomeOf(goodJobs()), kill: undefined, processesLeft: undefined });
    expect(found.slice(-2).map(({ kept }) => kept)).toEqual([undefined, undefined]);
  });
});
