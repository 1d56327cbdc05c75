import { attemptId, type JobId } from '@leeway/contract';
import type { AsyncCommand } from 'fast-check';
import { expectAgreement, expectSame } from './agreement.js';
import type { Machine } from './machine.js';
import {
  cancel,
  expire,
  markLost,
  newJob,
  openNumber,
  pause,
  type ReferenceJob,
  resume,
  retry,
} from './reference-job.js';
import { markSynced, type World, type WorldJob } from './world.js';

type Command = AsyncCommand<World, Machine>;

export interface Submission {
  attempts: number;
  onWorkerLost: 'retry' | 'fail';
  hasQueueLimit: boolean;
  dies: boolean;
}

/** A job is submitted; the API may die before BullMQ has it. */
export class Submit implements Command {
  constructor(private readonly submission: Submission) {}
  check = (): boolean => true;

  async run(world: World, machine: Machine): Promise<void> {
    const { attempts, onWorkerLost, hasQueueLimit, dies } = this.submission;
    await machine.submit({ attempts, onWorkerLost, ...(hasQueueLimit && { limits: { queueMs: 3_600_000 } }) }, dies);
    const reference = newJob({
      maxAttempts: attempts,
      maxLosses: machine.policy.limits.maxLosses,
      onWorkerLost,
      hasQueueLimit,
    });
    world.jobs.push({ reference, inBull: dies ? 'none' : 'waiting', isSynced: !dies });
    await expectAgreement(world, machine);
  }

  toString = (): string => `submit(${JSON.stringify(this.submission)})`;
}

const CONTROLS = {
  cancel: (job: ReferenceJob) => cancel(job),
  pause: (job: ReferenceJob) => pause(job),
  resume: (job: ReferenceJob) => resume(job),
  retry: (job: ReferenceJob, attempts: number) => retry(job, attempts),
};
export type ControlName = keyof typeof CONTROLS;
/** Replies after which BullMQ has to change too. */
const CHANGES = ['cancelled', 'paused', 'resumed', 'retried'];

/** The API cancels, pauses, resumes or retries a job, and may die before BullMQ has changed. */
export class Control implements Command {
  constructor(
    private readonly name: ControlName,
    private readonly which: number,
    private readonly dies: boolean,
  ) {}
  check = ({ jobs }: Readonly<World>): boolean => jobs.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const i = this.which % world.jobs.length;
    const job = world.jobs[i] as WorldJob;
    const done = await machine.control(i, this.name, this.dies);
    expectSame(`the reply to ${this.name}`, done, CONTROLS[this.name](job.reference, machine.policy.limits.attempts));
    if (CHANGES.includes(done)) job.isSynced = false;
    if (!this.dies) markSynced(job);
    await expectAgreement(world, machine);
  }

  toString = (): string => `${this.name}(job #${this.which})${this.dies ? ' and die' : ''}`;
}

/** Every worker beats for its attempts, lost ones included that it does not know to be lost. */
export class Beat implements Command {
  check = ({ attempts }: Readonly<World>): boolean => attempts.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const signals = await machine.beatAll(world, (i) => !isSilent(world, i));
    for (const [i, { job, number }] of world.attempts.entries()) {
      const { reference } = world.jobs[job] as WorldJob;
      if (isSilent(world, i)) continue;
      const signal = signals.get(attemptId(machine.ids[job] as JobId, number));
      const isOpen = openNumber(reference) === number;
      expectSame(`attempt ${number} of job ${job} gets the signal that it is lost`, signal?.kind === 'lost', !isOpen);
      if (signal?.kind === 'desired')
        expectSame('it gets the signal to cancel', signal.desired.cancel !== undefined, reference.isCancelRequested);
    }
    await expectAgreement(world, machine);
  }

  toString = (): string => 'beat';
}

/** Time passes: healthy workers beat, and a watchdog sweeps. `expires`: the wait of this job is over. */
export class Sweep implements Command {
  constructor(private readonly expires: number | null) {}
  check = ({ jobs }: Readonly<World>): boolean => jobs.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    await machine.beatAll(world, (i) => !isSilent(world, i));
    const expired = this.expires === null ? null : this.expires % world.jobs.length;
    if (expired !== null) await machine.passDue(expired);
    await machine.ageOutbox();
    const { quiet } = await machine.sweep();
    expectSame('the watchdog judges', quiet, false);
    for (const [i, job] of world.jobs.entries()) {
      const { reference } = job;
      if (reference.attempts.at(-1)?.isSilent === true && openNumber(reference) > 0) {
        markLost(reference);
        job.isSynced = false;
      } else if (i === expired) {
        const before = reference.state;
        expire(reference);
        if (reference.state !== before) job.isSynced = false;
      }
      if (!job.isSynced) markSynced(job);
    }
    await expectAgreement(world, machine);
  }

  toString = (): string => `sweep(${this.expires === null ? '' : `the wait of job #${this.expires} is over`})`;
}

function isSilent(world: World, i: number): boolean {
  const its = world.attempts[i];
  return its !== undefined && world.jobs[its.job]?.reference.attempts[its.number - 1]?.isSilent === true;
}
