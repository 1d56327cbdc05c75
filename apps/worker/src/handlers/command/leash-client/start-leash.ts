import { HandlerError } from '@leeway/supervision';
import { setTimeout as delay } from 'node:timers/promises';
import { VERIFY_MS } from '../process-tree/end-tree.js';
import { FRAME, type FrameType } from '../wire/frames.js';
import type { StartMessage, StopMessage } from '../wire/messages.js';
import { type Leash, type LeashedEnd, type LeashedRun, type LeashOptions, NeverRan } from './leash.js';
import { exitReason, LeashLink, type LeashStatus } from './leash-link.js';
import { createLivenessPath, recreateLivenessFolder, removeLivenessFolder } from './liveness-path.js';
import { PendingRun } from './pending-run.js';
import { ReadyGate } from './ready-gate.js';

/** Far more than a leash takes to start on a busy machine. */
const READY_WITHIN_MS = 15_000;
/** A leash that has not confirmed a stop this long after the grace is not working any more. */
const CONFIRM_MS = VERIFY_MS + 500;
const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 5_000;
const NEVER_RAN: LeashedEnd = { exitCode: null, signal: null, survivors: [] };

/** Starts the leash of this worker. It is replaced whenever it ends; the commands that ran under it are ended and fail. */
export function startLeash(options: LeashOptions): Leash {
  return new SupervisedLeash(options);
}

class SupervisedLeash implements Leash {
  readonly socketPath = createLivenessPath();
  private readonly runs = new Map<number, PendingRun>();
  private readonly gate = new ReadyGate();
  private readonly supervised: Promise<void>;
  private link: LeashLink;
  private nextRun = 1;
  private readonly closing = new AbortController();

  constructor(private readonly options: LeashOptions) {
    this.link = this.open();
    this.supervised = this.supervise();
  }

  ready(): Promise<void> {
    const { readyWithinMs = READY_WITHIN_MS } = this.options;
    return this.gate.pass(readyWithinMs, () =>
      workerLost('leash_not_ready', `The leash did not run and receive pings within ${readyWithinMs} ms.`),
    );
  }

  async run(run: LeashedRun): Promise<LeashedEnd> {
    const number = this.nextRun++;
    const pending = new PendingRun(run);
    this.runs.set(number, pending);
    void this.send(number, pending);
    try {
      return await pending.ended;
    } finally {
      this.runs.delete(number);
    }
  }

  stop(attemptId: string, graceMs: number): void {
    for (const [number, pending] of this.runsOf(attemptId)) {
      if (!pending.sent) {
        pending.end(NEVER_RAN);
        continue;
      }
      const message: StopMessage = { graceMs };
      this.link.sendMessage(FRAME.stop, number, message);
      const link = this.link;
      const { confirmWithinMs = CONFIRM_MS } = this.options;
      pending.stopTimer ??= setTimeout(() => {
        this.options.log.error(
          { attemptId, leash: link.pid },
          'The leash did not confirm a stop in time; it is killed with all its commands.',
        );
        link.kill();
      }, graceMs + confirmWithinMs);
    }
  }

  pause(attemptId: string): Promise<boolean> {
    return this.signal(attemptId, FRAME.pause);
  }

  resume(attemptId: string): Promise<boolean> {
    return this.signal(attemptId, FRAME.resume);
  }

  async close(): Promise<void> {
    if (!this.closing.signal.aborted) {
      this.closing.abort();
      this.gate.close(workerLost('leash_gone', 'The worker is stopping.'));
      this.link.close();
      const link = this.link;
      const stuck = setTimeout(() => link.kill(), CONFIRM_MS);
      await link.exited;
      clearTimeout(stuck);
    }
    await this.supervised;
  }

  private open(): LeashLink {
    const { silenceMs, env } = this.options;
    const link = new LeashLink({
      socketPath: this.socketPath,
      silenceMs,
      env,
      onClosing: () => this.gate.shut(),
      onFrame: (frame) =>
        frame.type === FRAME.refused ? this.resend(frame.run) : this.runs.get(frame.run)?.receive(frame),
    });
    void link.alive.then(() => this.gate.open());
    return link;
  }

  /** Replaces the leash whenever it ends; the pauses grow while its successors end early. */
  private async supervise(): Promise<void> {
    const closing = this.closing.signal;
    let pauseMs = FIRST_RESTART_MS;
    for (;;) {
      const openedMs = performance.now();
      const status = await this.link.exited;
      this.gate.shut();
      await this.endOrphans(status);
      if (closing.aborted) break;
      const livedMs = performance.now() - openedMs;
      pauseMs = livedMs > LONGEST_RESTART_MS ? FIRST_RESTART_MS : Math.min(pauseMs * 2, LONGEST_RESTART_MS);
      this.options.log.warn(
        { ...status, livedMs: Math.round(livedMs), restartInMs: pauseMs },
        `The leash ended, because ${exitReason(status)}. A new one is started.`,
      );
      await delay(pauseMs, undefined, { signal: closing }).catch(() => {});
      if (closing.aborted) break;
      recreateLivenessFolder(this.socketPath);
      this.link = this.open();
    }
    removeLivenessFolder(this.socketPath);
  }

  /** A leash ends its commands before itself, unless it was killed: then they are ended here, before their runs fail. */
  private async endOrphans(status: LeashStatus): Promise<void> {
    const orphans = [...this.runs.values()].filter((pending) => pending.sent && !pending.over);
    const error = workerLost(
      'leash_gone',
      `The process that holds the commands of this worker (the leash) ended, because ${exitReason(status)}; the command was ended with it.`,
    );
    await Promise.all(
      orphans.map(async (pending) => {
        const survivors = await pending.endWithoutLeash();
        if (survivors.length > 0)
          this.options.log.error({ attemptId: pending.run.attemptId, survivors }, 'Processes could not be ended.');
        pending.fail(error);
      }),
    );
  }

  private async send(number: number, pending: PendingRun): Promise<void> {
    try {
      await this.ready();
    } catch (error) {
      pending.fail(error as Error);
      return;
    }
    if (pending.over) return; // stopped while it waited
    pending.sent = true;
    const { attemptId, file, args, cwd, env, stdin } = pending.run;
    const start: StartMessage = { attemptId, file, args, cwd, env };
    if (stdin !== null) this.link.sendBytes(FRAME.stdin, number, Buffer.from(stdin));
    this.link.sendMessage(FRAME.start, number, start, () => this.resend(number));
  }

  /** The leash was ending or gone and did not run it: the next leash gets it. */
  private resend(number: number): void {
    const pending = this.runs.get(number);
    if (pending === undefined || pending.over) return;
    this.gate.shut();
    pending.sent = false;
    if (pending.stopTimer !== null) pending.end(NEVER_RAN);
    else if (pending.run.onlyHere === true) pending.fail(new NeverRan());
    else void this.send(number, pending);
  }

  private async signal(attemptId: string, type: FrameType): Promise<boolean> {
    const replies = this.runsOf(attemptId)
      .filter(([, pending]) => pending.sent)
      .map(([number, pending]) => {
        this.link.sendMessage(type, number);
        return pending.signalled();
      });
    return (await Promise.all(replies)).includes(true);
  }

  private runsOf(attemptId: string): [number, PendingRun][] {
    return [...this.runs].filter(([, pending]) => pending.run.attemptId === attemptId && !pending.over);
  }
}

function workerLost(code: string, message: string): HandlerError {
  return new HandlerError(code, message, { cause: 'worker_lost' });
}
