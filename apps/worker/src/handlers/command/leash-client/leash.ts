import type { OutputStream } from '@leeway/supervision';
import type { HandlerLog } from '../../handler.js';

/** A command as it is to be run: everything resolved and allowed already. */
export interface LeashedRun {
  /** `<job id>.<attempt>`; what earlier attempts of the job left on this machine is ended first. */
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
  /** It cannot be given to the next leash when this one is ending: `run` throws NeverRan then. */
  readonly onlyHere?: boolean;
  onOutput(chunk: Buffer, stream: Extract<OutputStream, 'stdout' | 'stderr'>): void;
  /** Its processes used the processor in the last second. */
  onCpuActivity(): void;
}

/** How a command ended. Both null: it could not be ended and lives on, or it was stopped before it ran. */
export interface LeashedEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Processes that could not be ended within seconds; empty in all but rare cases. */
  readonly survivors: readonly number[];
  /** It had ended before a stop reached it, if there was one. */
  readonly byItself?: true;
}

/** Runs commands such that none outlives its attempt, its worker or the worker's heartbeat. */
export interface Leash {
  /** Where `startLeashPing` has to connect, in the heartbeat thread. Does not change. */
  readonly socketPath: string;
  /** Resolves when commands can run: the leash is there and hears the heartbeat thread. */
  ready(): Promise<void>;
  /**
   * Resolves when the command and everything it started are gone.
   * Throws SpawnError when it could not be started, NeverRan where `onlyHere` says so, and HandlerError `leash_gone` or
   * `leash_not_ready` with the cause `worker_lost` when the leash ended (every command with it) or does not hear the heartbeat thread.
   */
  run(run: LeashedRun): Promise<LeashedEnd>;
  /** SIGTERM to all of the attempt's processes, SIGKILL after `graceMs`. `run` then resolves. */
  stop(attemptId: string, graceMs: number): void;
  /** Stops all of the attempt's processes where they stand. False: no such attempt runs, or it is being ended. */
  pause(attemptId: string): Promise<boolean>;
  resume(attemptId: string): Promise<boolean>;
  /** Ends all commands and the leash; calling it again does nothing more. */
  close(): Promise<void>;
}

export interface LeashOptions {
  /** Milliseconds without a ping after which the leash ends all commands; `supervision.leashSilenceMs`. */
  readonly silenceMs: number;
  /** The environment of the worker; next to nothing of it reaches the leash, and nothing of it the commands. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: HandlerLog;
  /** Milliseconds that a command waits for a leash that hears the heartbeat thread. Default 15 s. */
  readonly readyWithinMs?: number;
}

/** Its leash was ending and has not run it. */
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
