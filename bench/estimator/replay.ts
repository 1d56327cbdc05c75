import { EventQueue } from './event-queue.js';
import { levelsOf } from './levels.js';
import type { BenchJob, BenchPolicy, MakePolicy } from './policy.js';
import type { World } from './world.js';

/** The result for every job, by its index in the trace. */
export interface Replay {
  /** Deadline of the first attempt, extensions included. */
  firstDeadlineMs: Float64Array;
  firstKilled: Uint8Array;
  /** 0: there was no retry. */
  secondDeadlineMs: Float64Array;
  secondKilled: Uint8Array;
}

const GROWTH_TO_EXTEND = 1.02;

/** Replays a world in the order of submission. The policy learns of an attempt when that has ended. */
export function replay(world: World, make: MakePolicy): Replay {
  const count = world.key.length;
  const result: Replay = {
    firstDeadlineMs: new Float64Array(count),
    firstKilled: new Uint8Array(count),
    secondDeadlineMs: new Float64Array(count),
    secondKilled: new Uint8Array(count),
  };
  const { names, byKey } = levelsOf(world.trace.keys);
  const policy = make({ hardCapMs: world.hardCapMs, levels: names });
  const run = new Run(world, policy, result);
  for (let id = 0; id < count; id += 1) {
    const key = world.key[id] ?? 0;
    run.submit({ id, key, levels: byKey[key] ?? [] });
  }
  run.finish();
  return result;
}

class Run {
  private readonly events = new EventQueue();
  private readonly jobs: BenchJob[] = [];
  private readonly startedMs: Float64Array;

  constructor(
    readonly world: World,
    readonly policy: BenchPolicy,
    readonly result: Replay,
  ) {
    this.startedMs = new Float64Array(world.key.length);
  }

  submit(job: BenchJob): void {
    const nowMs = this.world.submittedMs[job.id] ?? 0;
    this.advanceTo(nowMs);
    this.jobs.push(job);
    this.start(job, nowMs, 1, this.policy.first(job, nowMs));
  }

  finish(): void {
    this.advanceTo(Infinity);
  }

  private advanceTo(timeMs: number): void {
    while (this.events.nextMs <= timeMs && this.events.nextMs < Infinity) {
      const nowMs = this.events.nextMs;
      const job = this.jobs[this.events.take()];
      if (job !== undefined) this.handle(job, nowMs);
    }
  }

  private start(job: BenchJob, nowMs: number, number: 1 | 2, deadlineMs: number): void {
    const bounded = Math.min(this.world.hardCapMs, deadlineMs);
    this.startedMs[job.id] = nowMs;
    this.deadlines(number)[job.id] = bounded;
    this.policy.started?.(job, nowMs);
    this.events.add(nowMs + Math.min(bounded, this.durationMs(job, number)), job.id);
  }

  /** An attempt has ended by itself or reached its deadline. */
  private handle(job: BenchJob, nowMs: number): void {
    const number = (this.result.firstKilled[job.id] ?? 0) === 1 ? 2 : 1;
    const deadlineMs = this.deadlines(number)[job.id] ?? 0;
    const durationMs = this.durationMs(job, number);
    if (durationMs <= deadlineMs) {
      this.policy.ended(job, nowMs, { attempt: number, durationMs, killed: false });
      return;
    }
    const killedMs = number === 1 ? 0 : (this.result.firstDeadlineMs[job.id] ?? 0);
    const more = Math.min(
      this.world.hardCapMs,
      this.policy.again?.(job, nowMs, { number, elapsedMs: deadlineMs, killedMs }) ?? 0,
    );
    if (more > deadlineMs * GROWTH_TO_EXTEND) {
      this.deadlines(number)[job.id] = more;
      this.events.add((this.startedMs[job.id] ?? 0) + Math.min(more, durationMs), job.id);
      return;
    }
    this.policy.ended(job, nowMs, { attempt: number, durationMs: deadlineMs, killed: true });
    if (number === 2) {
      this.result.secondKilled[job.id] = 1;
      return;
    }
    this.result.firstKilled[job.id] = 1;
    this.start(job, nowMs, 2, this.policy.second(job, nowMs, deadlineMs));
  }

  private deadlines(number: 1 | 2): Float64Array {
    return number === 1 ? this.result.firstDeadlineMs : this.result.secondDeadlineMs;
  }

  private durationMs(job: BenchJob, number: 1 | 2): number {
    return (number === 1 ? this.world.firstMs : this.world.retryMs)[job.id] ?? 0;
  }
}
