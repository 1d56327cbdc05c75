import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorkbench, type Workbench } from '../../testing/model/machine.js';
import { runModel } from '../../testing/model/model-run.js';
import { defineScripts } from '../redis/scripts.js';

const RUNS = 150;
const MAX_LOSSES = 2;

let workbench: Workbench;
beforeAll(async () => {
  workbench = await startWorkbench(MAX_LOSSES);
});
afterAll(() => workbench.stop());

describe('the queue', () => {
  it('behaves like the reference in random histories, and loses nothing (F94)', async () => {
    const { difference, report } = await runModel(workbench, { run: defineScripts(workbench.bench.raw), runs: RUNS });
    expect(difference, report).toBeNull();
  });
});
