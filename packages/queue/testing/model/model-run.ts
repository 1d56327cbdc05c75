import {
  asyncModelRun,
  asyncProperty,
  boolean,
  check,
  commands,
  constant,
  constantFrom,
  nat,
  defaultReportMessage,
  option,
  record,
} from 'fast-check';
import { PREFIX } from '../../src/redis/keys.js';
import type { RunScript } from '../../src/redis/scripts.js';
import { expectSame } from './agreement.js';
import { Machine, type Workbench } from './machine.js';
import { Beat, Control, type ControlName, Submit, Sweep } from './queue-commands.js';
import { type RunResult, isOver, openNumber } from './reference-job.js';
import { Explain, Hold, Lose, Report, Settle, Silence, Stall, Take } from './worker-commands.js';
import { emptyWorld, type World, type WorldJob } from './world.js';

const MOST = 1_000;
const MAX_COMMANDS = 40;

const submission = record({
  attempts: constantFrom(1, 2, 3),
  onWorkerLost: constantFrom('retry' as const, 'retry' as const, 'fail' as const),
  hasQueueLimit: boolean(),
  dies: boolean(),
});
const ending = constantFrom<RunResult>('succeeded', 'failed', 'failed_and_retried', 'stopped', 'cancelled', 'released');
const control = constantFrom<ControlName>('cancel', 'pause', 'resume', 'retry');

const anyCommand = [
  submission.map((its) => new Submit(its)),
  nat(MOST).map((worker) => new Take(worker)),
  nat(MOST).map((worker) => new Take(worker)),
  record({ which: nat(MOST), ending, dies: boolean() }).map(
    ({ which, ending: how, dies }) => new Settle(which, how, dies),
  ),
  nat(MOST).map((which) => new Report(which)),
  nat(MOST).map((which) => new Silence(which)),
  record({ which: nat(MOST), stands: boolean() }).map(({ which, stands }) => new Hold(which, stands)),
  nat(MOST).map((which) => new Stall(which)),
  record({ which: nat(MOST), isExcused: boolean() }).map(({ which, isExcused }) => new Explain(which, isExcused)),
  record({ which: nat(MOST), dies: boolean() }).map(({ which, dies }) => new Lose(which, dies)),
  record({ name: control, which: nat(MOST), dies: boolean() }).map(
    ({ name, which, dies }) => new Control(name, which, dies),
  ),
  constant(new Beat()),
  option(nat(MOST)).map((outwaits) => new Sweep(outwaits)),
];

export interface ModelRunOptions {
  /** The scripts that are held to the reference. */
  run: RunScript;
  runs: number;
  /** Absent: another one each time. */
  seed?: number;
  /** Looks for the shortest history that shows a difference. Default true. */
  shrinks?: boolean;
}

export interface ModelOutcome {
  /** The first difference between machine and reference; null: there was none. */
  difference: string | null;
  /** The shortest history that shows it, and the seed that gives it again. */
  report: string;
}

/** Drives machine and reference through random histories side by side. */
export async function runModel(
  workbench: Workbench,
  { run, runs, seed, shrinks = true }: ModelRunOptions,
): Promise<ModelOutcome> {
  const property = asyncProperty(commands(anyCommand, { maxCommands: MAX_COMMANDS, size: 'max' }), async (history) => {
    const world = emptyWorld();
    const machine = await Machine.start(workbench, run);
    await asyncModelRun(() => ({ model: world, real: machine }), history);
    await bringToEnd(world, machine);
  });
  const outcome = await check(property, { numRuns: runs, endOnFailure: !shrinks, ...(seed !== undefined && { seed }) });
  return {
    difference: outcome.failed ? String(outcome.errorInstance) : null,
    report: defaultReportMessage(outcome) ?? '',
  };
}

/** Nothing is lost: after whatever happened, ordinary work brings every job to its end, and leaves nothing behind. */
async function bringToEnd(world: World, machine: Machine): Promise<void> {
  await new Sweep(null).run(world, machine);
  for (const i of world.jobs.keys()) await new Control('resume', i, false).run(world, machine);
  for (const [i, { job, number }] of world.attempts.entries()) {
    if (openNumber((world.jobs[job] as WorldJob).reference) === number)
      await new Settle(i, 'succeeded', true).run(world, machine);
  }
  await new Sweep(null).run(world, machine);
  while (world.jobs.some(({ inBull }) => inBull === 'waiting')) {
    const before = world.attempts.length;
    await new Take(0).run(world, machine);
    if (world.attempts.length > before) await new Settle(before, 'succeeded', false).run(world, machine);
  }
  for (const [i, { reference }] of world.jobs.entries()) {
    expectSame(`job ${i} is over`, isOver(reference), true);
    expectSame(
      `what BullMQ has of job ${i} is over`,
      /completed|failed|unknown/.test(await machine.bullState(i)),
      true,
    );
  }
  expectSame('moves left', await machine.workbench.bench.raw.zrange(`${PREFIX}:outbox`, '0', '-1'), []);
}
