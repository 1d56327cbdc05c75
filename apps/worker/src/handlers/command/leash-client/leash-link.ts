import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ATTEMPT_MARKER, JOB_MARKER } from '../process-tree/marker.js';
import { type Frame, FRAME, FrameReader, frameHeader, type FrameType } from '../wire/frames.js';
import { encodeMessage, LEASH_EXIT } from '../wire/messages.js';

const WORKER_FD = 3;
/** The leash gets no more of the worker's environment: the marker, for a worker that is itself part of a command. */
const PASSED_ON = ['TMPDIR', ATTEMPT_MARKER, JOB_MARKER] as const;

export interface LeashLinkOptions {
  readonly socketPath: string;
  /** Milliseconds of silence of the heartbeat thread that the leash allows. */
  readonly silenceMs: number;
  /** The environment of the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** It is ending: whatever is sent from now on is for the next one. */
  onClosing(): void;
  onFrame(frame: Frame): void;
}

/** How a leash process ended; both null when it could not even be started. */
export interface LeashGone {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The reason as a clause, "because ...". */
export function whyGone({ exitCode, signal }: LeashGone): string {
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
  /** Resolves when the leash hears the heartbeat thread; never, when it ends before. */
  readonly alive: Promise<void>;
  /** Resolves when the process is gone and everything it said has been read. */
  readonly gone: Promise<LeashGone>;
  readonly #process: ChildProcess;
  readonly #pipe: Duplex;

  constructor(options: LeashLinkOptions) {
    const { file, loader } = leashProgram();
    const args = [...loader, file, options.socketPath, String(options.silenceMs)];
    // Detached: a Ctrl-C in the worker's terminal must not end it before the worker has drained.
    this.#process = spawn(process.execPath, args, {
      env: leashEnv(options.env),
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    this.#pipe = this.#process.stdio[WORKER_FD] as Duplex;
    this.alive = this.#read(options);
    this.gone = new Promise((resolve) => {
      this.#process.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
      this.#process.once('error', () => resolve({ exitCode: null, signal: null }));
    });
    this.#pipe.on('error', () => {}); // the end of the process tells the story
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** `undelivered` is called when it is sure that the leash got nothing of it. */
  sendMessage(type: FrameType, run: number, message: object = {}, undelivered = () => {}): void {
    this.sendBytes(type, run, encodeMessage(message), undelivered);
  }

  sendBytes(type: FrameType, run: number, payload: Buffer, undelivered = () => {}): void {
    this.#pipe.cork();
    this.#pipe.write(frameHeader(type, run, payload.length));
    this.#pipe.write(payload, (error) => {
      if (error) undelivered();
    });
    this.#pipe.uncork();
  }

  /** Lets it end what it holds, and itself. */
  close(): void {
    this.#pipe.end();
  }

  /** For a leash that does not answer any more: its commands are then this process's to end. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #read({ onFrame, onClosing }: LeashLinkOptions): Promise<void> {
    const reader = new FrameReader();
    return new Promise((resolve) => {
      this.#pipe.on('data', (chunk: Buffer) => {
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
  return Object.fromEntries(PASSED_ON.map((name) => [name, workerEnv[name]]));
}

/** The built leash; from the sources, the source, with what makes node read it. */
function leashProgram(): { file: string; loader: string[] } {
  const fromSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`../leash-process/main.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  if (!fromSource) return { file, loader: [] };
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return { file, loader: ['--conditions=leeway-source', '--import', tsx] };
}
