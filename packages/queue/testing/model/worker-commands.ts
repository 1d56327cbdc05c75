import type { JobId } from '@leeway/contract';
import type { AsyncCommand } from 'fast-check';
import type { OutboxEntry } from '../../src/bullmq/sync-action.js';
import type { Settlement } from '../../src/attempts/settlement.js';
import { someSettlement } from '../queue-bench.js';
import { expectAgreement, expectSame } from './agreement.js';
import { type Held, type Machine, signatureOf } from './machine.js';
import { type RunResult, explain, hold, isOver, lose, open, openNumber, settle } from './reference-job.js';
import { chosen, told, type World, type WorldAttempt, type WorldJob, WORKERS } from './world.js';

type Command = AsyncCommand<World, Machine>;

/** A worker asks BullMQ for a job and opens an attempt of it. */
export class Take implements Command {
  constructor(private readonly worker: number) {}
  check = ({ jobs }: Readonly<World>): boolean => jobs.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const taken = await machine.take();
    const isWaiting = world.jobs.some(({ inBull }) => inBull === 'waiting');
    expectSame('BullMQ has something to hand out', taken !== undefined, isWaiting);
    if (taken === undefined) return;
    const worker = chosen(WORKERS, this.worker) ?? 'w1';
    const job = machine.ids.indexOf(taken.scheduled.id as JobId);
    const its = world.jobs[job] as WorldJob;
    expectSame(`job ${job} was there to be handed out`, its.inBull, 'waiting');
    const claim = await machine.attempts.claim(taken.scheduled.id as JobId, { worker, token: taken.token });
    const should = open(its.reference);
    const is = claim.status === 'claimed' ? 'opened' : claim.state === 'held' ? 'held' : 'gone';
    expectSame(`what there is to do for job ${job}`, is, should);
    if (claim.status === 'unavailable') {
      await machine.outbox.apply(taken.scheduled, taken.token, claim.sync);
      its.inBull = claim.state === 'held' ? 'postponed' : 'none';
    } else {
      const { attempt } = claim;
      expectSame('the number of the attempt', attempt.number, its.reference.attempts.length);
      its.inBull = 'held';
      its.isTold = true;
      world.attempts.push({ job, number: attempt.number, worker });
      machine.held.push({ scheduled: taken.scheduled, attempt });
    }
    await expectAgreement(world, machine);
  }

  toString = (): string => `take(${chosen(WORKERS, this.worker)})`;
}

/** Whoever holds or held an attempt does something with it. */
abstract class OfAttempt implements Command {
  constructor(private readonly which: number) {}
  check = ({ attempts }: Readonly<World>): boolean => attempts.length > 0;

  async run(world: World, machine: Machine): Promise<void> {
    const i = this.which % world.attempts.length;
    const its = world.attempts[i] as WorldAttempt;
    await this.act({ machine, its, job: world.jobs[its.job] as WorldJob, held: machine.held[i] as Held, i });
    await expectAgreement(world, machine);
  }

  protected abstract act(on: Acted): Promise<void>;
  abstract toString(): string;
  protected name(verb: string): string {
    return `${verb}(attempt #${this.which})`;
  }
}

interface Acted {
  machine: Machine;
  its: WorldAttempt;
  job: WorldJob;
  held: Held;
  i: number;
}

/** It settles, and tells BullMQ; or dies in between. A late one is told so and changes nothing. */
export class Settle extends OfAttempt {
  constructor(
    which: number,
    private readonly ending: RunResult,
    private readonly dies: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job, held }: Acted): Promise<void> {
    const settlement = settlementOf(its, this.ending);
    const reply = await machine.attempts.settle(held.attempt, settlement);
    const should = settle(job.reference, its.number, this.ending, signatureOf(its.job, its.number));
    expectSame('the reply of the door', [reply.status, reply.state], [should, job.reference.state]);
    if (reply.status !== 'applied') return;
    job.isTold = false;
    if (this.dies) return;
    // BullMQ does not listen to a worker that it has taken the job from; the sweep sees to it.
    const isTaken = job.inBull !== 'held';
    const isTold = await tell(machine, held, reply.sync);
    expectSame('BullMQ listens to the worker', isTold, !isTaken);
    if (isTold) told(job);
  }

  toString = (): string => `${this.name('settle')} ${this.ending}${this.dies ? ' and die' : ''}`;
}

/** As the worker does it: with the job that it holds, and not with a look at the record. False: BullMQ refused. */
async function tell(machine: Machine, { scheduled, attempt }: Held, sync: OutboxEntry): Promise<boolean> {
  try {
    await machine.outbox.sync(scheduled, attempt.token, sync);
  } catch {
    return false;
  }
  // Its acknowledgement was sent before this: nobody waits for it.
  await machine.workbench.bench.raw.ping();
  return true;
}

function settlementOf({ job, number }: WorldAttempt, ending: RunResult): Settlement {
  const next = {
    succeeded: { step: 'final', state: 'succeeded' },
    failed: { step: 'final', state: 'failed' },
    stopped: { step: 'final', state: 'failed' },
    cancelled: { step: 'final', state: 'cancelled' },
    failed_and_retried: { step: 'retry', delayMs: 0 },
    released: { step: 'requeue' },
  } as const;
  return someSettlement({
    outcome: ending === 'failed_and_retried' ? 'failed' : ending,
    cause: ending === 'succeeded' || ending === 'released' ? null : 'error',
    next: next[ending],
    result: JSON.stringify(signatureOf(job, number)),
    rings: [{ key: `total/local/job-${job}`, sample: signatureOf(job, number) }],
    counters: { settled: 1 },
  });
}

/** It reports how far it is. */
export class Report extends OfAttempt {
  protected async act({ machine, its, job, held }: Acted): Promise<void> {
    const value = signatureOf(its.job, its.number);
    const isOpen = openNumber(job.reference) === its.number;
    if (isOpen) job.reference.progress = value;
    expectSame('a report is taken', await machine.attempts.report(held.attempt, [{ type: 'progress', value }]), isOpen);
  }

  toString = (): string => this.name('report');
}

/** Its worker vouches for it no more, for longer than the window. */
export class Silence extends OfAttempt {
  protected async act({ machine, its, job }: Acted): Promise<void> {
    await machine.silence(its.job, its.number);
    const attempt = job.reference.attempts[its.number - 1];
    if (attempt !== undefined && attempt.outcome === null) attempt.isSilent = true;
  }

  toString = (): string => this.name('silence');
}

/** A watchdog that looked a moment ago acts on what it saw then: only silence that lasts is a loss. */
export class Lose extends OfAttempt {
  constructor(
    which: number,
    private readonly dies: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job }: Acted): Promise<void> {
    const isOpen = openNumber(job.reference) === its.number;
    const isSilent = job.reference.attempts[its.number - 1]?.isSilent === true;
    if (isOpen && !isSilent) await machine.beat(its);
    const { status } = await machine.attempts.markLost(
      machine.ids[its.job] as JobId,
      its.number,
      machine.policy.supervision.lostAfterMs,
    );
    if (isOpen && isSilent) {
      lose(job.reference);
      job.isTold = false;
    }
    const lost = isOver(job.reference) ? job.reference.state : 'requeued';
    expectSame('what becomes of the attempt', status, isOpen ? (isSilent ? lost : 'alive') : 'gone');
    if (!isOpen || !isSilent || this.dies) return;
    await machine.outbox.reconcile(machine.ids[its.job] as JobId);
    told(job);
  }

  toString = (): string => `${this.name('lose')}${this.dies ? ' and die' : ''}`;
}

/** Its worker is about to die, and says whether the attempt had a part in it. */
export class Explain extends OfAttempt {
  constructor(
    which: number,
    private readonly isExcused: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job }: Acted): Promise<void> {
    await machine.explain(its, this.isExcused);
    explain(job.reference, its.number, this.isExcused);
  }

  toString = (): string => `${this.name('explain')} ${this.isExcused ? 'cleared' : 'to attributeCrash'}`;
}

/** Its worker has stopped its process, or lets it go on. */
export class Hold extends OfAttempt {
  constructor(
    which: number,
    private readonly stands: boolean,
  ) {
    super(which);
  }

  protected async act({ machine, its, job, held }: Acted): Promise<void> {
    const done = await machine.attempts.setPaused(
      held.attempt,
      this.stands ? { paused: true } : { paused: false, pausedMs: 1 },
    );
    expectSame('a hold is taken', done, hold(job.reference, its.number, this.stands));
  }

  toString = (): string => `${this.name('hold')} ${this.stands}`;
}

/** BullMQ hands the job out again although its attempt is open. */
export class Stall extends OfAttempt {
  protected async act({ machine, its, job, i }: Acted): Promise<void> {
    if (openNumber(job.reference) !== its.number || job.inBull !== 'held') return;
    await machine.stall(i);
    job.inBull = 'waiting';
  }

  toString = (): string => this.name('stall');
}
