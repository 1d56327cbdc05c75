import { HandlerError, type StopReason } from '@leeway/supervision';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadTail } from '../command/head-tail.js';
import { type LeashedEnd, NeverRan, SpawnError } from '../command/leash-client/leash.js';
import { ATTEMPT_MARKER, JOB_MARKER } from '../command/process-tree/marker.js';
import type { HandlerContext } from '../handler.js';
import { childProgram } from './child-program.js';
import { whyEnded } from './ended-without-result.js';
import type { IsolatedKind, IsolationOptions } from './isolated-handler.js';
import { isolationError } from './isolation-error.js';
import type { LineChannel } from './line-channel.js';
import { ChildEndpoint } from './child-endpoint.js';
import type { DeadlineFacts, FromChild, ToChild } from './messages.js';
import { failureMessage, type Outcome, settled } from './outcome.js';
import { relay } from './dispatch.js';

/** A message may be so much longer, in bytes, than the largest value it can carry. */
const ENVELOPE_BYTES = 256 * 1024;
/** Bytes of stderr that are kept to tell why a process ended. */
const STDERR_KEPT_BYTES = 16 * 1024;
/** A deadline that moved is told to the process within this. */
const TELL_DEADLINE_EVERY_MS = 500;
/** Last words of a process that is gone are in the system's buffer: they take no longer to be read. */
const LAST_WORDS_MS = 1_000;
/** A process that has given its result has so long to end by itself. */
const LEAVE_MS = 2_000;
/** A worker notices within so many tries, with a pause of so many ms, that its leash has ended. */
const TRIES = 20;
const AGAIN_AFTER_MS = 100;
const NOT_STARTED =
  'This worker could not start the process of the handler, because what holds its processes was ending.';
const NO_END: LeashedEnd = { exitCode: null, signal: null, survivors: [] };

export interface IsolatedRunParts extends IsolationOptions {
  readonly input: unknown;
  readonly context: HandlerContext;
}

/** One attempt of an isolated handler, from the start of its process to the end of it. */
export class IsolatedRun {
  readonly #stderr = new HeadTail(STDERR_KEPT_BYTES);
  #channel: LineChannel<FromChild, ToChild> | undefined;
  #outcome: Outcome | undefined;
  /** The outcome had arrived when nobody had told it to stop. */
  #wasInTime = false;
  #leaving: NodeJS.Timeout | undefined;
  #told: DeadlineFacts | undefined;

  constructor(
    private readonly which: IsolatedKind,
    private readonly parts: IsolatedRunParts,
  ) {}

  async run(): Promise<unknown> {
    const { leash, context } = this.parts;
    for (let triesLeft = TRIES; ; triesLeft -= 1) {
      await leash.ready();
      if (context.signal.aborted) return undefined;
      try {
        return await this.#runHere();
      } catch (error) {
        if (!(error instanceof NeverRan)) throw error;
        // Nothing that the job has done.
        if (triesLeft === 1) throw new HandlerError('leash_gone', NOT_STARTED, { cause: 'worker_lost' });
      }
      await delay(AGAIN_AFTER_MS);
    }
  }

  /** Throws NeverRan when the leash was ending: the place where process and worker meet goes with it. */
  async #runHere(): Promise<unknown> {
    const { signal } = this.parts.context;
    const place = await this.#openPlace();
    const telling = setInterval(() => this.#tellDeadline(), TELL_DEADLINE_EVERY_MS);
    const stop = (): void => this.#stop(signal.reason as StopReason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const end = await this.#process(place);
      await Promise.race([place.drained(), delay(LAST_WORDS_MS, undefined, { ref: false })]);
      return this.#judge(end);
    } finally {
      clearInterval(telling);
      clearTimeout(this.#leaving);
      signal.removeEventListener('abort', stop);
      place.close();
    }
  }

  async #openPlace(): Promise<ChildEndpoint> {
    const { leash, limits } = this.parts;
    try {
      return await ChildEndpoint.open({
        // The leash removes the folder, also when the worker was killed.
        folder: dirname(leash.socketPath),
        maxLineBytes: limits.maxValueBytes + ENVELOPE_BYTES,
        onArrival: (channel) => this.#welcome(channel),
        onMessage: (message) => this.#take(message),
        onBroken: (why) => this.#break(why),
      });
    } catch {
      // It has just ended, and the next one comes with a folder of its own.
      throw new NeverRan();
    }
  }

  async #process({ ticket }: ChildEndpoint): Promise<LeashedEnd> {
    const { leash, context, env, memoryMb } = this.parts;
    const { jobId, attemptId, signal } = context;
    const stated = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const { file, args } = childProgram(memoryMb);
    try {
      return await leash.run({
        ...{ attemptId, file, args, cwd: process.cwd() },
        // Last, so that nothing can stand in for the markers that its processes are found by.
        env: { ...Object.fromEntries(stated), [ATTEMPT_MARKER]: attemptId, [JOB_MARKER]: jobId },
        stdin: JSON.stringify(ticket),
        onOutput: (chunk, stream) => {
          if (stream === 'stderr') this.#stderr.push(chunk);
          context.output(chunk, stream);
        },
        onCpuActivity: () => context.activity(),
        onlyHere: true,
      });
    } catch (error) {
      if (signal.aborted) return NO_END;
      if (error instanceof SpawnError) throw isolationError('process_not_started', error.message);
      throw error;
    }
  }

  #welcome(channel: LineChannel<FromChild, ToChild>): void {
    const { input, context, limits } = this.parts;
    const { jobId, attemptId, attempt, graceMs, lastCheckpoint, signal } = context;
    this.#channel = channel;
    this.#told = deadlines(context);
    const facts = { jobId, attemptId, attempt, graceMs, lastCheckpoint };
    channel.send({ type: 'start', ...this.which, input, facts, limits, ...this.#told });
    if (signal.aborted) channel.send({ type: 'abort', reason: signal.reason as StopReason });
  }

  #take(message: FromChild): void {
    if (this.#outcome !== undefined) return;
    if (message.type === 'result' || message.type === 'failure') this.#end(message);
    else relay(message, this.parts.context);
    if (message.type === 'extend') this.#tellDeadline();
  }

  #break(why: string): void {
    this.#end(failureMessage(isolationError('process_misbehaved', `The process of the handler sent ${why}.`), true));
  }

  #end(outcome: Outcome): void {
    const { leash, context } = this.parts;
    if (this.#outcome === undefined) this.#wasInTime = !context.signal.aborted;
    this.#outcome ??= outcome;
    this.#leaving ??= setTimeout(() => leash.stop(context.attemptId, 0), LEAVE_MS);
  }

  /** The handler is told first, so that it can end with what it has; after the grace its processes are killed. */
  #stop(reason: StopReason): void {
    const { leash, context } = this.parts;
    this.#channel?.send({ type: 'abort', reason });
    leash.stop(context.attemptId, context.graceMs);
  }

  #tellDeadline(): void {
    const now = deadlines(this.parts.context);
    if (this.#told === undefined) return;
    if (now.deadlineAt === this.#told.deadlineAt && now.latestAt === this.#told.latestAt) return;
    this.#told = now;
    this.#channel?.send({ type: 'deadline', ...now });
  }

  #judge(end: LeashedEnd): unknown {
    const { context, memoryMb } = this.parts;
    const { survivors } = end;
    if (survivors.length > 0) context.log.error({ survivors }, 'Processes of an isolated handler could not be ended.');
    if (this.#outcome !== undefined) {
      // Its process ends as soon as it has heard of the stop, before the leash can reach it: that is not by itself.
      if (this.#wasInTime) context.alreadyEnded?.();
      return settled(this.#outcome);
    }
    if (context.signal.aborted) return undefined;
    throw whyEnded(end, { stderr: this.#stderr.read().text, memoryMb, arrived: this.#channel !== undefined });
  }
}

function deadlines(context: HandlerContext): DeadlineFacts {
  return { deadlineAt: context.deadline(), latestAt: context.latestDeadline() };
}
