/** The JSON payloads of the frames. */

/** `start`: run this command. Its standard input, if any, came in a `stdin` frame with the same run before. */
export interface StartMessage {
  /** `<job id>.<attempt>`: goes into the environment as the marker by which its processes are found. */
  readonly attemptId: string;
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing of the worker's or the leash's own is added. */
  readonly env: Readonly<Record<string, string>>;
}

/** `stop`: SIGTERM now, SIGKILL after `graceMs`. */
export interface StopMessage {
  readonly graceMs: number;
}

/** `started`: the command runs. */
export interface StartedMessage {
  readonly pid: number;
  /** The kernel's start time of the process, in ticks since boot: distinguishes it from a later one with the same pid. */
  readonly startTicks: number;
}

/** `signalled`: the reply to a `pause` or `resume`. */
export interface SignalledMessage {
  /** False: no process was signalled. */
  readonly done: boolean;
}

/** `failed`: the command never ran. */
export interface FailedMessage {
  /** The system's code, e.g. ENOENT. */
  readonly code: string;
  readonly message: string;
}

/** `ended`: the main process and everything it left behind has ended; nothing follows for this run. */
export interface EndedMessage {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Processes that could not be ended: of another user, or stuck in the kernel. Empty in all but rare cases. */
  readonly survivors: readonly number[];
  /** Its main process had ended before any stop reached it. */
  readonly byItself?: true;
}

export function encodeMessage(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** Without a check of the form: both ends are built from the same source. */
export function decodeMessage<T>(payload: Buffer): T {
  return JSON.parse(payload.toString('utf8')) as T;
}

/** Exit codes of the leash: the reason of its end, always after the end of all its commands. */
export const LEASH_EXIT = { workerGone: 0, crashed: 1, workerSilent: 3, terminated: 4 } as const;
export type LeashExit = (typeof LEASH_EXIT)[keyof typeof LEASH_EXIT];
