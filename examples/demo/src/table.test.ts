import { expect, test } from 'vitest';
import { attempt, job, task } from '../testing/fake-run.js';
import { RunLog } from './run-log.js';
import { table } from './table.js';
import { QUICK } from './workload.js';

test('a row shows how many tasks ended, run and wait, and how the deadline of the class changed', () => {
  const log = new RunLog();
  log.plan(QUICK, 30);
  log.record(task(QUICK), job({ attempts: [attempt({ deadlineMs: 600_000, durationMs: 240 })] }));
  log.record(
    task(QUICK),
    job({ state: 'running', attempts: [attempt({ atMs: Date.now(), deadlineMs: 2_200, durationMs: null })] }),
  );
  const [headings, row] = table(log);
  expect(row).toMatch(/^quick +1\/30 +1 +28 +240 ms +10 min +2\.2 s$/);
  expect(row?.length).toBe(headings?.length);
  expect(row?.length).toBeLessThanOrEqual(80);
});
