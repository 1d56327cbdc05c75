import { longForm } from '@leeway/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { runChaos } from './chaos/chaos-run.js';
import { checkHistory } from './chaos/check-history.js';
import type { ChaosHistory } from './chaos/history.js';
import { violationReport } from './chaos/violation-report.js';

/** `npm run test:chaos` attacks for any time from any seed. */
const SEED = 58;
const SECONDS = longForm(10, 60);

let history: ChaosHistory;
beforeAll(async () => {
  history = await runChaos({ seed: SEED, seconds: SECONDS });
});

describe(`a stack whose processes are killed, stopped and cut off at random (seed ${SEED})`, () => {
  it('loses no job, runs none twice at once, ends every attempt and observes it once (F94, F98)', () => {
    expect(checkHistory(history).map((violation) => violationReport(violation, history))).toEqual([]);
  });

  it('had work to disturb, which was disturbed', () => {
    const outcomes = new Set(history.jobs.flatMap(({ job }) => job?.attempts.map(({ outcome }) => outcome) ?? []));
    expect([...outcomes]).toEqual(expect.arrayContaining(['failed', 'lost', 'stopped', 'succeeded']));
    expect(new Set(history.attacks.map(({ attack }) => attack.kind)).size).toBeGreaterThanOrEqual(4);
  });
});
