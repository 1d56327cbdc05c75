import { beforeAll, describe, expect, it } from 'vitest';
import { runChaos } from './chaos/chaos-run.js';
import { checkHistory } from './chaos/check-history.js';
import type { ChaosHistory } from './chaos/history.js';
import { violationReport } from './chaos/violation-report.js';

/** The short form; `npm run test:chaos` attacks for as long as one likes, from any seed. */
const SEED = 58;
const SECONDS = 10;

let history: ChaosHistory;
beforeAll(async () => {
  history = await runChaos({ seed: SEED, seconds: SECONDS });
});

describe(`processes that are killed, stopped and cut off at random (seed ${SEED})`, () => {
  it('lose no job, run none twice at once, end every attempt and teach the history once (F94, F98)', () => {
    expect(checkHistory(history).map((violation) => violationReport(violation, history))).toEqual([]);
  });

  it('had work to disturb, and disturbed it', () => {
    const outcomes = new Set(history.jobs.flatMap(({ job }) => job?.attempts.map(({ outcome }) => outcome) ?? []));
    expect([...outcomes]).toEqual(expect.arrayContaining(['failed', 'lost', 'stopped', 'succeeded']));
    expect(new Set(history.attacks.map(({ attack }) => attack.kind)).size).toBeGreaterThanOrEqual(4);
  });
});
