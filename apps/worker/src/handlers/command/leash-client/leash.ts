import type { OutputStream } from '@leeway/supervision';
import type { HandlerLog } from '../../handler.js';

/** A command to be run, resolved and allowed already. */
export interface LeashedRun {
  /** `<job id>.<attempt>`; processes of earlier attempts of the job on this machine are ended first. */
  readonly attemptId: string;
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** An existing folder. */
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Null: standard input is empty. */
  readonly stdin: string | null;
  /** It cannot run under the next leash when this one is ending: `run` then throws NeverRan. */
  readonly onlyHere?: boolean;
  onOutput(chunk: Buffer, stream: Extract<OutputStream, 'stdout' | 'stderr'>): void;
  /** Called each second in which its processes have used the processor. */
  onCpuActivity(): void;
}

/** The end of a command. Code and signal both null: it could not be ended and still runs, or it was stopped before it ran. */
export interface LeashedEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Processes that could not be ended within seconds; empty in all but rare cases. */
  readonly survivors: readonly number[];
  /** It had ended before any stop reached it. */
  readonly byItself?: true;
}

/** Runs commands so that none outlives its attempt, its worker or the worker's heartbeat. */
export interface Leash {
  /** For `startLeashPing` in the heartbeat thread. Constant over all restarts of the leash. */
  readonly socketPath: string;
  /** Resolves when commands can run: the leash runs and receives pings of the heartbeat thread. Throws as `run` does. */
  ready(): Promise<void>;
  /**
   * Resolves when the command and all processes that it started have ended. Throws SpawnError when it could not be started,
   * NeverRan with `onlyHere`, and HandlerError with the cause `worker_lost`: `leash_gone` when the leash ended (all commands with
   * it), `leash_not_ready` when it receives no pings.
   */
  run(run: LeashedRun): Promise<LeashedEnd>;
  /** SIGTERM to all processes of the attempt, SIGKILL after `graceMs`. `run` then resolves. */
  stop(attemptId: string, graceMs: number): void;
  /** Suspends all processes of the attempt (SIGSTOP). False: no such attempt runs, or it is being ended. */
  pause(attemptId: string): Promise<boolean>;
  resume(attemptId: string): Promise<boolean>;
  /** Ends all commands and the leash; calling it again does nothing more. */
  close(): Promise<void>;
}

export interface LeashOptions {
  /** Time without a ping after which the leash ends all commands. */
  readonly silenceMs: number;
  /** The environment of the worker; the leash gets very little of it, and the commands nothing. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: HandlerLog;
  /** Time that a command waits for a leash that receives pings. Default 15 s. */
  readonly readyWithinMs?: number;
  /** Time after the grace within which the leash has to confirm a stop; then it is killed. Default 2.5 s. */
  readonly confirmWithinMs?: number;
}

/** The leash was ending and did not run it. */
export class NeverRan extends Error {}

/** The system refused to start the program; `code` is its code, e.g. `ENOENT`. */
export class SpawnError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'SpawnError';
  }
}
