import { expect, test } from 'vitest';
import { attempt, job, task } from '../testing/fake-run.js';
import { liveTable } from './live-table.js';
import { NO_COLOURS } from './paint.js';
import { RunLog } from './run-log.js';
import { QUICK } from './workload.js';

function log(): RunLog {
  const run = new RunLog();
  run.plan(QUICK, 30);
  run.record(task(QUICK), job({ attempts: [attempt({ deadlineMs: 600_000 })] }));
  run.record(
    task(QUICK),
    job({ state: 'running', attempts: [attempt({ atMs: Date.now(), deadlineMs: 2_200, durationMs: 240 })] }),
  );
  return run;
}

test('shows what ended, runs and waits, and how the deadline moved', () => {
  const [, row] = liveTable(log(), [], { columns: 120, paint: NO_COLOURS });
  expect(row).toMatch(/^quick +[━─]+ +1\/30 +1 +28 +240 ms 10 min → 2.2 s$/);
});

test.each([80, 100, 120])('no line is wider than a terminal of %d columns', (columns) => {
  for (const line of liveTable(log(), [], { columns, paint: NO_COLOURS }))
    expect(line.length).toBeLessThanOrEqual(columns);
});
