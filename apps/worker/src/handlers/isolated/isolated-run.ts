import { HandlerError, type StopReason } from '@leeway/supervision';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HeadTail } from '../command/head-tail.js';
import { type Leash, type LeashedEnd, NeverRan, SpawnError } from '../command/leash-client/leash.js';
import { ATTEMPT_MARKER, JOB_MARKER } from '../command/process-tree/marker.js';
import type { HandlerContext } from '../handler.js';
import { nodeProgram } from '../node-program.js';
import { ChildEndpoint } from './child-endpoint.js';
import { dispatch } from './dispatch.js';
import type { LineChannel } from './line-channel.js';
import type { Deadlines, FromChild, IsolatedLimits, ToChild } from './messages.js';
import { endedWithoutOutcome, failureMessage, isolationError, type Outcome, resultOf } from './outcome.js';

/** Longest message beyond the largest value in it. */
const ENVELOPE_BYTES = 256 * 1024;
/** Enough of stderr to explain the end of a process. */
const STDERR_KEPT_BYTES = 16 * 1024;
/** How often a changed deadline is sent to the process. */
const SEND_DEADLINE_EVERY_MS = 500;
/** Wait for the last messages of an ended process: they are in the system's buffer and are read at once. */
const LAST_MESSAGES_MS = 1_000;
/** Time for a process that has sent its outcome to exit by itself. */
const EXIT_MS = 2_000;
/** A worker notices within so many tries, with a pause of so many ms, that its leash has ended. */
const START_TRIES = 20;
const START_PAUSE_MS = 100;
const NOT_STARTED =
  'This worker could not start the process of the handler, because the process that holds its children (the leash) was ending.';
const NO_END: LeashedEnd = { exitCode: null, signal: null, survivors: [] };

export interface IsolationOptions {
  readonly leash: Leash;
  /** The worker's environment; the handler gets all of it, as it would inside the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Limit of its JavaScript heap, in MB. */
  readonly memoryMb: number;
  readonly limits: IsolatedLimits;
}

/** A handler of a module. */
export interface IsolatedKind {
  readonly kind: string;
  /** Absolute path of the module. */
  readonly file: string;
}

export interface IsolatedRunOptions extends IsolationOptions {
  readonly input: unknown;
  readonly context: HandlerContext;
}

/** One attempt of an isolated handler, from the start of its process to its end. */
export class IsolatedRun {
  private readonly stderr = new HeadTail(STDERR_KEPT_BYTES);
  private channel: LineChannel<FromChild, ToChild> | undefined;
  private outcome: Outcome | undefined;
  /** The outcome arrived before any abort. */
  private wasInTime = false;
  private exitTimer: NodeJS.Timeout | undefined;
  private lastSent: Deadlines | undefined;

  constructor(
    private readonly which: IsolatedKind,
    private readonly options: IsolatedRunOptions,
  ) {}

  async run(): Promise<unknown> {
    const { leash, context } = this.options;
    for (let triesLeft = START_TRIES; ; triesLeft -= 1) {
      await leash.ready();
      if (context.signal.aborted) return undefined;
      try {
        return await this.runOnce();
      } catch (error) {
        if (!(error instanceof NeverRan)) throw error;
        // Not caused by the job, so the worker counts as lost.
        if (triesLeft === 1) throw new HandlerError('leash_gone', NOT_STARTED, { cause: 'worker_lost' });
      }
      await delay(START_PAUSE_MS);
    }
  }

  /** Throws NeverRan when the leash was ending: the folder of the endpoint is removed with it. */
  private async runOnce(): Promise<unknown> {
    const { signal } = this.options.context;
    const endpoint = await this.openEndpoint();
    const deadlineTimer = setInterval(() => this.sendDeadlines(), SEND_DEADLINE_EVERY_MS);
    const stop = (): void => this.stop(signal.reason as StopReason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const end = await this.runProcess(endpoint);
      await Promise.race([endpoint.drained(), delay(LAST_MESSAGES_MS, undefined, { ref: false })]);
      return this.settle(end);
    } finally {
      clearInterval(deadlineTimer);
      clearTimeout(this.exitTimer);
      signal.removeEventListener('abort', stop);
      endpoint.close();
    }
  }

  private async openEndpoint(): Promise<ChildEndpoint> {
    const { leash, limits } = this.options;
    try {
      return await ChildEndpoint.open({
        // The leash removes the folder, also when the worker was killed.
        folder: dirname(leash.socketPath),
        maxLineBytes: limits.maxValueBytes + ENVELOPE_BYTES,
        onConnected: (channel) => this.start(channel),
        onMessage: (message) => this.receive(message),
        onProtocolError: (reason) => this.misbehaved(reason),
      });
    } catch {
      // The leash has just ended; the next one has a folder of its own.
      throw new NeverRan();
    }
  }

  private async runProcess({ ticket }: ChildEndpoint): Promise<LeashedEnd> {
    const { leash, context, env, memoryMb } = this.options;
    const { jobId, attemptId, signal } = context;
    const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const { file, args } = nodeProgram('child/main', import.meta.url);
    try {
      return await leash.run({
        ...{ attemptId, file, args: [`--max-old-space-size=${memoryMb}`, ...args], cwd: process.cwd() },
        // The markers come last, so that the environment cannot replace them: its processes are found by them.
        env: { ...Object.fromEntries(defined), [ATTEMPT_MARKER]: attemptId, [JOB_MARKER]: jobId },
        stdin: JSON.stringify(ticket),
        onOutput: (chunk, stream) => {
          if (stream === 'stderr') this.stderr.push(chunk);
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

  private start(channel: LineChannel<FromChild, ToChild>): void {
    const { input, context, limits } = this.options;
    const { jobId, attemptId, attempt, graceMs, lastCheckpoint, signal } = context;
    this.channel = channel;
    this.lastSent = deadlinesOf(context);
    const facts = { jobId, attemptId, attempt, graceMs, lastCheckpoint };
    channel.send({ type: 'start', ...this.which, input, facts, limits, ...this.lastSent });
    if (signal.aborted) channel.send({ type: 'abort', reason: signal.reason as StopReason });
  }

  private receive(message: FromChild): void {
    if (this.outcome !== undefined) return;
    if (message.type === 'result' || message.type === 'failure') this.finish(message);
    else dispatch(message, this.options.context);
    if (message.type === 'extend') this.sendDeadlines();
  }

  private misbehaved(reason: string): void {
    const error = isolationError('process_misbehaved', `The process of the handler sent ${reason}.`);
    this.finish(failureMessage(error, true));
  }

  /** The first outcome is the one that counts. */
  private finish(outcome: Outcome): void {
    const { leash, context } = this.options;
    if (this.outcome === undefined) this.wasInTime = !context.signal.aborted;
    this.outcome ??= outcome;
    this.exitTimer ??= setTimeout(() => leash.stop(context.attemptId, 0), EXIT_MS);
  }

  /** The abort reaches the handler first, so that it can return what it has; after the grace its processes are killed. */
  private stop(reason: StopReason): void {
    const { leash, context } = this.options;
    this.channel?.send({ type: 'abort', reason });
    leash.stop(context.attemptId, context.graceMs);
  }

  private sendDeadlines(): void {
    const now = deadlinesOf(this.options.context);
    if (this.lastSent === undefined) return;
    if (now.deadlineAt === this.lastSent.deadlineAt && now.latestAt === this.lastSent.latestAt) return;
    this.lastSent = now;
    this.channel?.send({ type: 'deadline', ...now });
  }

  private settle(end: LeashedEnd): unknown {
    const { context, memoryMb } = this.options;
    const { survivors } = end;
    if (survivors.length > 0) context.log.error({ survivors }, 'Processes of an isolated handler could not be ended.');
    if (this.outcome !== undefined) {
      // Not `end.byItself`: after an abort the process may exit before the leash can signal it.
      if (this.wasInTime) context.alreadyEnded?.();
      return resultOf(this.outcome);
    }
    if (context.signal.aborted) return undefined;
    const stderr = this.stderr.read().text;
    throw endedWithoutOutcome(end, { stderr, memoryMb, connected: this.channel !== undefined });
  }
}

function deadlinesOf(context: HandlerContext): Deadlines {
  return { deadlineAt: context.deadline(), latestAt: context.latestDeadline() };
}
