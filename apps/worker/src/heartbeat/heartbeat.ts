import { Worker } from 'node:worker_threads';
import type { AttemptId } from '@leeway/contract';
import type { PendingClaim, Signal, WorkerSelf } from '@leeway/queue';
import type { Log } from '@leeway/runtime';
import { sharedMs, type FromThread, type ThreadData, type ToThread } from './messages.js';

const PULSE_EVERY_MS = 100;
const STOP_MOST_MS = 1_000;

export interface HeartbeatOptions extends Omit<ThreadData, 'pulse'> {
  log: Log;
  onSignal: (attempt: AttemptId, signal: Signal) => void;
  /** Redis has not been reached for so long, most of the hand-on window; again and again while that is so. */
  onCutOff: (riskyMs: number) => void;
  /** The thread is gone, so nobody vouches for anything any more. */
  onDead: (error: Error) => void;
}

/** The main thread's side of the heartbeat. */
export class Heartbeat {
  private readonly thread: Worker;
  private readonly pulse = new Int32Array(new SharedArrayBuffer(4));
  private readonly pulsing: NodeJS.Timeout;
  private stopping = false;
  private readonly firstBeat: Promise<void>;

  constructor(private readonly options: HeartbeatOptions) {
    const { redisUrl, supervision, self, onDead } = options;
    this.thread = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: { redisUrl, supervision, self, pulse: this.pulse.buffer } satisfies ThreadData,
    });
    this.pulsing = setInterval(() => Atomics.add(this.pulse, 0, 1), PULSE_EVERY_MS);
    this.thread.on('error', (error) => onDead(error as Error));
    this.thread.on('exit', (code) => {
      if (!this.stopping) onDead(new Error(`the heartbeat thread ended with code ${code}`));
    });
    this.firstBeat = new Promise((resolve) => {
      this.thread.on('message', (message: FromThread) => {
        if (message.type === 'beating') resolve();
        this.hear(message);
      });
    });
  }

  /** Resolves with the first beat that Redis took. */
  async ready(): Promise<void> {
    await this.firstBeat;
  }

  /**
   * Vouches for the attempt that is being opened, for so long, until it is known: the answer may wait in a main loop that
   * stands still.
   */
  claimStarted(claim: PendingClaim, forMs: number): void {
    this.tell({ type: 'claim_started', claim, untilMs: sharedMs() + forMs });
  }

  /** What came of an opening; it is vouched for as long as was said then. Null: there is nothing to vouch for. */
  claimFinished(claim: PendingClaim, attempt: AttemptId | null): void {
    this.tell({ type: 'claim_finished', claim, attempt });
  }

  /** Vouches for an attempt for so long, whatever it prints or not. Called again it moves the end. */
  renewLease(attempt: AttemptId, forMs: number): void {
    this.tell({ type: 'renewLease', attempt, untilMs: sharedMs() + forMs });
  }

  /** The code of this attempt runs on the main loop: it may be to blame when that stands still. */
  watch(attempt: AttemptId): void {
    this.tell({ type: 'on_loop', attempt });
  }

  release(attempt: AttemptId): void {
    this.tell({ type: 'release', attempt });
  }

  /** Says what this worker says of itself. */
  describe(self: Pick<WorkerSelf, 'running' | 'abandoned' | 'draining'>): void {
    this.tell({ type: 'self', self });
  }

  pingLeash(socketPath: string): void {
    this.tell({ type: 'leash', socketPath });
  }

  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    clearInterval(this.pulsing);
    const gone = new Promise((resolve) => this.thread.once('exit', resolve));
    this.tell({ type: 'stop' });
    const limit = setTimeout(() => void this.thread.terminate(), STOP_MOST_MS);
    await gone;
    clearTimeout(limit);
  }

  private hear(message: FromThread): void {
    const { log, onSignal, onCutOff } = this.options;
    switch (message.type) {
      case 'signal':
        return onSignal(message.attempt, message.signal);
      case 'cut_off':
        if (!message.again)
          log.warn(
            { event: 'cut_off', sinceMs: message.sinceMs },
            'Redis takes no heartbeat: other workers may take over soon',
          );
        return onCutOff(message.riskyMs);
      case 'paused':
        log.warn({ event: 'loop_paused', pausedMs: message.pausedMs }, 'the main loop is paused');
        return;
      case 'suspended':
        log.warn({ event: 'suspended', suspendedMs: message.suspendedMs }, 'this process stood still');
        return;
      case 'beating':
      case 'stopped':
        return;
    }
  }

  private tell(message: ToThread): void {
    this.thread.postMessage(message);
  }
}
