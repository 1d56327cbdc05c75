import { Supervisor } from '@leeway/supervision';

const supervisor = new Supervisor({
  decision: {
    deadlineMs: 5_000,
    hardCapMs: 20_000,
    lateMs: 2_000,
    firstOutputMs: null,
    idleMs: 200,
    toolMs: null,
    caps: [],
  },
  graceMs: 500,
  clock: { monotonicMs: () => performance.now() },
});
const { output } = supervisor.clockCalls();

export const result = await supervisor.run(async () => {
  output();
  // This work has no more output, so it is asked to stop after 200 ms.
  await new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve));
  return 'what was done until then';
});
// { outcome: 'stopped', reason: { cause: 'idle', ... }, value: 'what was done until then', abandoned: false, ... }
