import type { JobId } from '@leeway/contract';
import type { AsyncCommand } from 'fast-check';
import type { OutboxEntry } from '../../src/bullmq/sync-action.js';
import type { Settlement } from '../../src/attempts/settlement.js';
import { someSettlement } from '../queue-bench.js';
import { expectAgreement, expectSame } from './agreement.js';
import { type HeldAttempt, type Machine, signatureOf } from './machine.js';
import {
  type AttemptEnd,
  recordDeathCause,
  setPaused,
  isOver,
  markLost,
  claim as claimReference,
  openNumber,
  settle,
} from './reference-job.js';
import { chosen, markSynced, type World, type WorldAttempt, type WorldJob, WORKERS } from './world.js';

type Command = AsyncCommand<World, Machine>;

/** A worker takes a job out of BullMQ and claims an attempt of it. */
export class Claim implements Command {
  constructor(private readonly worker: number) {}
  check = ({ jobs }: Readonly<World>): boolean => jobs.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const taken = await machine.take();
    const isWaiting = world.jobs.some(({ inBull }) => inBull === 'waiting');
    expectSame('BullMQ has a job to hand out', taken !== undefined, isWaiting);
    if (taken === undefined) return;
    const worker = chosen(WORKERS, this.worker) ?? 'w1';
    const job = machine.ids.indexOf(taken.scheduled.id as JobId);
    const its = world.jobs[job] as WorldJob;
    expectSame(`job ${job} was there to be handed out`, its.inBull, 'waiting');
    const claim = await machine.attempts.claim(taken.scheduled.id as JobId, { worker, token: taken.token });
    const should = claimReference(its.reference);
    const is = claim.status === 'claimed' ? 'claimed' : claim.state === 'held' ? 'held' : 'unavailable';
    expectSame(`the reply to the claim of job ${job}`, is, should);
    if (claim.status === 'unavailable') {
      await machine.outbox.apply(taken.scheduled, taken.token, claim.sync);
      its.inBull = claim.state === 'held' ? 'postponed' : 'none';
    } else {
      const { attempt } = claim;
      expectSame('the number of the attempt', attempt.number, its.reference.attempts.length);
      its.inBull = 'held';
      its.isSynced = true;
      world.attempts.push({ job, number: attempt.number, worker });
      machine.held.push({ scheduled: taken.scheduled, attempt });
    }
    await expectAgreement(world, machine);
  }

  toString = (): string => `claim(${chosen(WORKERS, this.worker)})`;
}

/** A worker does something with an attempt that it holds, or held. */
abstract class AttemptCommand implements Command {
  constructor(private readonly which: number) {}
  check = ({ attempts }: Readonly<World>): boolean => attempts.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const i = this.which % world.attempts.length;
    const its = world.attempts[i] as WorldAttempt;
    await this.act({ machine, its, job: world.jobs[its.job] as WorldJob, held: machine.held[i] as HeldAttempt, i });
    await expectAgreement(world, machine);
  }

  protected abstract act(on: Action): Promise<void>;
  abstract toString(): string;
  protected name(verb: string): string {
    return `${verb}(attempt #${this.which})`;
  }
}

interface Action {
  machine: Machine;
  its: WorldAttempt;
  job: WorldJob;
  held: HeldAttempt;
  i: number;
}

/** It settles and changes BullMQ, or dies in between. A late settlement changes nothing. */
export class Settle extends AttemptCommand {
  constructor(
    which: number,
    private readonly attemptEnd: AttemptEnd,
    private readonly dies: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job, held }: Action): Promise<void> {
    const settlement = settlementOf(its, this.attemptEnd);
    const reply = await machine.attempts.settle(held.attempt, settlement);
    const should = settle(job.reference, its.number, this.attemptEnd, signatureOf(its.job, its.number));
    expectSame('the reply to the settlement', [reply.status, reply.state], [should, job.reference.state]);
    if (reply.status !== 'applied') return;
    job.isSynced = false;
    if (this.dies) return;
    // BullMQ refuses a worker that it has taken the job from; the sweep changes it later.
    const isTaken = job.inBull !== 'held';
    const isSynced = await sync(machine, held, reply.sync);
    expectSame('BullMQ accepts the change of the worker', isSynced, !isTaken);
    if (isSynced) markSynced(job);
  }

  toString = (): string => `${this.name('settle')} ${this.attemptEnd}${this.dies ? ' and die' : ''}`;
}

/** As the worker does it: with the job that it holds, without a read of the record. False: BullMQ refused. */
async function sync(machine: Machine, { scheduled, attempt }: HeldAttempt, entry: OutboxEntry): Promise<boolean> {
  try {
    await machine.outbox.sync(scheduled, attempt.token, entry);
  } catch {
    return false;
  }
  // Its acknowledgement was sent before this: nobody waits for it.
  await machine.workbench.bench.raw.ping();
  return true;
}

function settlementOf({ job, number }: WorldAttempt, attemptEnd: AttemptEnd): Settlement {
  const next = {
    succeeded: { step: 'final', state: 'succeeded' },
    failed: { step: 'final', state: 'failed' },
    stopped: { step: 'final', state: 'failed' },
    cancelled: { step: 'final', state: 'cancelled' },
    failed_and_retried: { step: 'retry', delayMs: 0 },
    released: { step: 'requeue' },
  } as const;
  return someSettlement({
    outcome: attemptEnd === 'failed_and_retried' ? 'failed' : attemptEnd,
    cause: attemptEnd === 'succeeded' || attemptEnd === 'released' ? null : 'error',
    next: next[attemptEnd],
    result: JSON.stringify(signatureOf(job, number)),
    rings: [{ key: `total/local/job-${job}`, sample: signatureOf(job, number) }],
    counters: { settled: 1 },
  });
}

/** It reports progress. */
export class Report extends AttemptCommand {
  protected async act({ machine, its, job, held }: Action): Promise<void> {
    const value = signatureOf(its.job, its.number);
    const isOpen = openNumber(job.reference) === its.number;
    if (isOpen) job.reference.progress = value;
    expectSame(
      'the report is stored',
      await machine.attempts.report(held.attempt, [{ type: 'progress', value }]),
      isOpen,
    );
  }

  toString = (): string => this.name('report');
}

/** Its lease is not renewed for longer than the window. */
export class Silence extends AttemptCommand {
  protected async act({ machine, its, job }: Action): Promise<void> {
    await machine.silence(its.job, its.number);
    const attempt = job.reference.attempts[its.number - 1];
    if (attempt !== undefined && attempt.outcome === null) attempt.isSilent = true;
  }

  toString = (): string => this.name('silence');
}

/** A watchdog acts on a sweep that is a moment old: an attempt is only lost if it is still silent. */
export class MarkLost extends AttemptCommand {
  constructor(
    which: number,
    private readonly dies: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job }: Action): Promise<void> {
    const isOpen = openNumber(job.reference) === its.number;
    const isSilent = job.reference.attempts[its.number - 1]?.isSilent === true;
    if (isOpen && !isSilent) await machine.beat(its);
    const { status } = await machine.attempts.markLost(
      machine.ids[its.job] as JobId,
      its.number,
      machine.policy.supervision.lostAfterMs,
    );
    if (isOpen && isSilent) {
      markLost(job.reference);
      job.isSynced = false;
    }
    const lost = isOver(job.reference) ? job.reference.state : 'requeued';
    expectSame('what becomes of the attempt', status, isOpen ? (isSilent ? lost : 'alive') : 'gone');
    if (!isOpen || !isSilent || this.dies) return;
    await machine.outbox.reconcile(machine.ids[its.job] as JobId);
    markSynced(job);
  }

  toString = (): string => `${this.name('markLost')}${this.dies ? ' and die' : ''}`;
}

/** Its worker records why it is about to die, and whether the attempt is a suspect. */
export class RecordDeathCause extends AttemptCommand {
  constructor(
    which: number,
    private readonly isCleared: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job }: Action): Promise<void> {
    await machine.recordDeathCause(its, this.isCleared);
    recordDeathCause(job.reference, its.number, this.isCleared);
  }

  toString = (): string => `${this.name('recordDeathCause')} ${this.isCleared ? 'cleared' : 'suspect'}`;
}

/** Its worker pauses its process, or resumes it. */
export class SetPaused extends AttemptCommand {
  constructor(
    which: number,
    private readonly isPaused: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job, held }: Action): Promise<void> {
    const done = await machine.attempts.setPaused(
      held.attempt,
      this.isPaused ? { paused: true } : { paused: false, pausedMs: 1 },
    );
    expectSame('the pause is stored', done, setPaused(job.reference, its.number, this.isPaused));
  }

  toString = (): string => `${this.name('setPaused')} ${this.isPaused}`;
}

/** BullMQ hands the job out again although its attempt is open. */
export class Stall extends AttemptCommand {
  protected async act({ machine, its, job, i }: Action): Promise<void> {
    if (openNumber(job.reference) !== its.number || job.inBull !== 'held') return;
    await machine.stall(i);
    job.inBull = 'waiting';
  }

  toString = (): string => this.name('stall');
}
