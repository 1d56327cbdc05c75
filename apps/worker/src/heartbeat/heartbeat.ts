import { Worker } from 'node:worker_threads';
import type { AttemptId } from '@leeway/contract';
import type { PendingClaim, Signal, WorkerSelf } from '@leeway/queue';
import type { Log } from '@leeway/runtime';
import { sharedMs, type FromThread, type ThreadData, type ToThread } from './messages.js';
import { SharedQueue, sharedQueueMemory } from './shared-queue.js';

const PULSE_EVERY_MS = 100;
const STOP_MOST_MS = 1_000;

export interface HeartbeatOptions extends Omit<ThreadData, 'pulse' | 'queue'> {
  log: Log;
  onSignal: (attempt: AttemptId, signal: Signal) => void;
  /** Redis took no heartbeat for `riskyMs`, most of the time after which others take over; repeated while that lasts. */
  onCutOff: (riskyMs: number) => void;
  /** The thread has ended, so no lease is renewed any more. */
  onDead: (error: Error) => void;
}

/** What a worker needs of its heartbeat. */
export type WorkerHeartbeat = Pick<
  Heartbeat,
  | 'ready'
  | 'claimStarted'
  | 'claimFinished'
  | 'renewLease'
  | 'markInProcess'
  | 'release'
  | 'describe'
  | 'pingLeash'
  | 'stop'
>;

/** The main thread's side of the heartbeat. */
export class Heartbeat {
  private readonly thread: Worker;
  private readonly pulse = new Int32Array(new SharedArrayBuffer(4));
  private readonly pulsing: NodeJS.Timeout;
  private readonly memory = sharedQueueMemory();
  private readonly queue = new SharedQueue(this.memory);
  private isQueueFull = false;
  private stopping = false;
  private readonly firstBeat: Promise<void>;

  constructor(private readonly options: HeartbeatOptions) {
    const { redisUrl, supervision, self, onDead } = options;
    this.thread = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: { redisUrl, supervision, self, pulse: this.pulse.buffer, queue: this.memory } satisfies ThreadData,
    });
    this.pulsing = setInterval(() => Atomics.add(this.pulse, 0, 1), PULSE_EVERY_MS);
    this.thread.on('error', (error) => onDead(error as Error));
    this.thread.on('exit', (code) => {
      if (!this.stopping) onDead(new Error(`the heartbeat thread ended with code ${code}`));
    });
    this.firstBeat = new Promise((resolve) => {
      this.thread.on('message', (message: FromThread) => {
        if (message.type === 'beating') resolve();
        this.receive(message);
      });
    });
  }

  /** Resolves with the first beat that Redis took. */
  async ready(): Promise<void> {
    await this.firstBeat;
  }

  /** Holds the lease of the attempt that is being claimed, before its number is known: the reply may wait in a blocked main loop. */
  claimStarted(claim: PendingClaim, forMs: number): void {
    this.send({ type: 'claim_started', claim, untilMs: sharedMs() + forMs });
  }

  /** The reply of a claim. Its attempt keeps the lease of the claim; null: there is none. */
  claimFinished(claim: PendingClaim, attempt: AttemptId | null): void {
    this.send({ type: 'claim_finished', claim, attempt });
  }

  /** Renews the lease of an attempt until `forMs` from now, also where it ended later before. */
  renewLease(attempt: AttemptId, forMs: number): void {
    this.send({ type: 'renew_lease', attempt, untilMs: sharedMs() + forMs });
  }

  /** The code of this attempt runs on the main loop, so it may be what blocks it. */
  markInProcess(attempt: AttemptId): void {
    this.send({ type: 'in_process', attempt });
  }

  release(attempt: AttemptId): void {
    this.send({ type: 'release', attempt });
  }

  /** Updates what the heartbeat publishes of this worker. */
  describe(self: Pick<WorkerSelf, 'running' | 'abandoned' | 'draining'>): void {
    this.send({ type: 'self', self });
  }

  pingLeash(socketPath: string): void {
    this.send({ type: 'leash', socketPath });
  }

  async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    clearInterval(this.pulsing);
    const gone = new Promise((resolve) => this.thread.once('exit', resolve));
    this.send({ type: 'stop' });
    this.thread.postMessage(null);
    const limit = setTimeout(() => void this.thread.terminate(), STOP_MOST_MS);
    await gone;
    clearTimeout(limit);
  }

  private receive(message: FromThread): void {
    const { log, onSignal, onCutOff } = this.options;
    switch (message.type) {
      case 'signal':
        return onSignal(message.attempt, message.signal);
      case 'cut_off':
        if (!message.again)
          log.warn(
            { event: 'cut_off', sinceMs: message.sinceMs },
            'Redis takes no heartbeat: other workers may take over the jobs of this one soon',
          );
        return onCutOff(message.riskyMs);
      case 'paused':
        log.warn({ event: 'loop_paused', pausedMs: message.pausedMs }, 'the main loop is blocked');
        return;
      case 'suspended':
        log.warn({ event: 'suspended', suspendedMs: message.suspendedMs }, 'the whole process was suspended');
        return;
      case 'beating':
      case 'stopped':
        return;
    }
  }

  /**
   * Through shared memory, which the thread reads before each beat: a message port costs several times as much. Once that is
   * full the port takes all further messages, and the thread reads the queue to its end first, so their order is kept.
   */
  private send(message: ToThread): void {
    this.isQueueFull ||= !this.queue.write(JSON.stringify(message));
    if (this.isQueueFull) this.thread.postMessage(message);
  }
}
