import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { nodeProgram } from '../../node-program.js';
import { ATTEMPT_MARKER, JOB_MARKER } from '../process-tree/marker.js';
import { type Frame, FRAME, FrameReader, frameHeader, type FrameType } from '../wire/frames.js';
import { encodeMessage, LEASH_EXIT } from '../wire/messages.js';

const WORKER_FD = 3;
/** All that the leash gets of the worker's environment. The markers are for a worker that is itself part of a command. */
const PASSED_ENV = ['TMPDIR', ATTEMPT_MARKER, JOB_MARKER] as const;

export interface LeashLinkOptions {
  readonly socketPath: string;
  /** Time without a ping that the leash tolerates. */
  readonly silenceMs: number;
  /** The environment of the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** The leash is ending: later commands are for the next one. */
  onClosing(): void;
  onFrame(frame: Frame): void;
}

/** The end of a leash process; both null when it could not be started. */
export interface LeashStatus {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The reason of its end, as a clause for "because ...". */
export function exitReason({ exitCode, signal }: LeashStatus): string {
  if (signal !== null) return `it was killed by ${signal}`;
  switch (exitCode) {
    case LEASH_EXIT.workerSilent:
      return 'the worker was frozen for too long';
    case LEASH_EXIT.workerGone:
      return 'the worker closed the pipe to it';
    case LEASH_EXIT.terminated:
      return 'it got SIGTERM';
    case null:
      return 'it could not be started';
    default:
      return `it crashed with exit code ${exitCode}`;
  }
}

/** One leash process and the pipe to it. */
export class LeashLink {
  /** Resolves with the first ping that the leash receives; never, when it ends before. */
  readonly alive: Promise<void>;
  /** Resolves when the process has ended and all its frames were delivered. */
  readonly exited: Promise<LeashStatus>;
  private readonly process: ChildProcess;
  private readonly pipe: Duplex;

  constructor(options: LeashLinkOptions) {
    const { file, args } = nodeProgram('../leash-process/main', import.meta.url);
    // Detached: Ctrl-C in the worker's terminal must not end it before the worker has drained.
    this.process = spawn(file, [...args, options.socketPath, String(options.silenceMs)], {
      env: leashEnv(options.env),
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    this.pipe = this.process.stdio[WORKER_FD] as Duplex;
    this.alive = this.read(options);
    this.exited = new Promise((resolve) => {
      this.process.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
      this.process.once('error', () => resolve({ exitCode: null, signal: null }));
    });
    this.pipe.on('error', () => {}); // `exited` reports the reason
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** `undelivered` is called when it is certain that the leash has received no part of it. */
  sendMessage(type: FrameType, run: number, message: object = {}, undelivered = () => {}): void {
    this.sendBytes(type, run, encodeMessage(message), undelivered);
  }

  sendBytes(type: FrameType, run: number, payload: Buffer, undelivered = () => {}): void {
    this.pipe.cork();
    this.pipe.write(frameHeader(type, run, payload.length));
    this.pipe.write(payload, (error) => {
      if (error) undelivered();
    });
    this.pipe.uncork();
  }

  /** The leash ends its commands, and then itself. */
  close(): void {
    this.pipe.end();
  }

  /** For a leash that does not respond: this process then has to end its commands. */
  kill(): void {
    this.process.kill('SIGKILL');
  }

  private read({ onFrame, onClosing }: LeashLinkOptions): Promise<void> {
    const reader = new FrameReader();
    return new Promise((resolve) => {
      this.pipe.on('data', (chunk: Buffer) => {
        for (const frame of reader.read(chunk)) {
          if (frame.type === FRAME.alive) resolve();
          else if (frame.type === FRAME.closing) {
            onClosing();
            this.close();
          } else onFrame(frame);
        }
      });
    });
  }
}

function leashEnv(workerEnv: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(PASSED_ENV.map((name) => [name, workerEnv[name]]));
}
