import { endMarked, endTree } from '../process-tree/end-tree.js';
import { type Frame, FRAME } from '../wire/frames.js';
import {
  decodeMessage,
  type EndedMessage,
  type FailedMessage,
  type SignalledMessage,
  type StartedMessage,
} from '../wire/messages.js';
import { type LeashedEnd, type LeashedRun, SpawnError } from './leash.js';

/** One call of `Leash.run`, from the call to its end. */
export class PendingRun {
  readonly ended: Promise<LeashedEnd>;
  /** Kills the leash when it does not confirm a stop. */
  stopTimer: NodeJS.Timeout | null = null;
  /** The leash has received it. */
  sent = false;
  private resolve!: (end: LeashedEnd) => void;
  private reject!: (error: Error) => void;
  private started: StartedMessage | null = null;
  private isOver = false;
  private signalWaiters: ((done: boolean) => void)[] = [];

  constructor(readonly run: LeashedRun) {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get over(): boolean {
    return this.isOver;
  }

  receive({ type, payload }: Frame): void {
    switch (type) {
      case FRAME.stdout:
        this.run.onOutput(payload, 'stdout');
        break;
      case FRAME.stderr:
        this.run.onOutput(payload, 'stderr');
        break;
      case FRAME.cpuActivity:
        this.run.onCpuActivity();
        break;
      case FRAME.started:
        this.started = decodeMessage<StartedMessage>(payload);
        break;
      case FRAME.signalled:
        this.signalWaiters.shift()?.(decodeMessage<SignalledMessage>(payload).done);
        break;
      case FRAME.failed:
        this.failToStart(decodeMessage<FailedMessage>(payload));
        break;
      case FRAME.ended:
        this.end(decodeMessage<EndedMessage>(payload));
        break;
      default:
        throw new Error(`The leash sent a frame of the unknown type ${type}.`);
    }
  }

  /** Resolves with the reply to a pause or resume. */
  signalled(): Promise<boolean> {
    return new Promise((resolve) => {
      this.signalWaiters.push(resolve);
    });
  }

  end(end: LeashedEnd): void {
    this.close();
    this.resolve(end);
  }

  private failToStart({ code, message }: FailedMessage): void {
    this.fail(new SpawnError(code, message));
  }

  fail(error: Error): void {
    this.close();
    this.reject(error);
  }

  /** Ends the processes that a killed leash may have left. Returns the pids that could not be ended. */
  async endWithoutLeash(): Promise<readonly number[]> {
    if (!this.sent) return [];
    const { attemptId } = this.run;
    if (this.started === null) return endMarked(attemptId);
    return endTree({ ...this.started, round: null, attemptId, seen: new Map() }, 0);
  }

  private close(): void {
    this.isOver = true;
    if (this.stopTimer !== null) clearTimeout(this.stopTimer);
    for (const waiter of this.signalWaiters.splice(0)) waiter(false);
  }
}
