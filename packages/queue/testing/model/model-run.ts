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
import { type AttemptEnd, isOver, openNumber } from './reference-job.js';
import { RecordDeathCause, SetPaused, MarkLost, Report, Settle, Silence, Stall, Claim } from './worker-commands.js';
import { emptyWorld, type World, type WorldJob } from './world.js';

/** Of the random numbers that select a job or an attempt. */
const MAX_NUMBER = 1_000;
const MAX_COMMANDS = 40;

const submission = record({
  attempts: constantFrom(1, 2, 3),
  onWorkerLost: constantFrom('retry' as const, 'retry' as const, 'fail' as const),
  hasQueueLimit: boolean(),
  dies: boolean(),
});
const attemptEnd = constantFrom<AttemptEnd>(
  'succeeded',
  'failed',
  'failed_and_retried',
  'stopped',
  'cancelled',
  'released',
);
const control = constantFrom<ControlName>('cancel', 'pause', 'resume', 'retry');

const anyCommand = [
  submission.map((its) => new Submit(its)),
  nat(MAX_NUMBER).map((worker) => new Claim(worker)),
  nat(MAX_NUMBER).map((worker) => new Claim(worker)),
  record({ which: nat(MAX_NUMBER), attemptEnd, dies: boolean() }).map(
    ({ which, attemptEnd: how, dies }) => new Settle(which, how, dies),
  ),
  nat(MAX_NUMBER).map((which) => new Report(which)),
  nat(MAX_NUMBER).map((which) => new Silence(which)),
  record({ which: nat(MAX_NUMBER), isPaused: boolean() }).map(({ which, isPaused }) => new SetPaused(which, isPaused)),
  nat(MAX_NUMBER).map((which) => new Stall(which)),
  record({ which: nat(MAX_NUMBER), isCleared: boolean() }).map(
    ({ which, isCleared }) => new RecordDeathCause(which, isCleared),
  ),
  record({ which: nat(MAX_NUMBER), dies: boolean() }).map(({ which, dies }) => new MarkLost(which, dies)),
  record({ name: control, which: nat(MAX_NUMBER), dies: boolean() }).map(
    ({ name, which, dies }) => new Control(name, which, dies),
  ),
  constant(new Beat()),
  option(nat(MAX_NUMBER)).map((expires) => new Sweep(expires)),
];

export interface ModelRunOptions {
  /** The scripts that are compared with the reference. */
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

/** Nothing is lost: after any history, ordinary work brings every job to its end and leaves nothing behind. */
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
    await new Claim(0).run(world, machine);
    if (world.attempts.length > before) await new Settle(before, 'succeeded', false).run(world, machine);
  }
  for (const [i, { reference }] of world.jobs.entries()) {
    expectSame(`job ${i} is over`, isOver(reference), true);
    expectSame(`job ${i} is over in BullMQ too`, /completed|failed|unknown/.test(await machine.bullState(i)), true);
  }
  expectSame(
    'the entries left in the outbox',
    await machine.workbench.bench.raw.zrange(`${PREFIX}:outbox`, '0', '-1'),
    [],
  );
}
