import type { OutputStream, StopReason } from '@leeway/supervision';
import { randomUUID } from 'node:crypto';
import type { HandlerContext, HandlerLog } from '../../src/handlers/handler.js';
import type { Leash, LeashedRun, LeashOptions } from '../../src/handlers/command/leash-client/leash.js';
import { startLeashPing } from '../../src/handlers/command/leash-client/leash-ping.js';
import { startLeash } from '../../src/handlers/command/leash-client/start-leash.js';

/** Drops all lines. */
export const QUIET_LOG: HandlerLog = { debug() {}, info() {}, warn() {}, error() {} };
const PINGS_PER_WINDOW = 6;

export interface TestLeash extends Leash {
  stopPing(): void;
}

/** A leash with its pings from this process. The window is wide by default, because a test machine may be busy. */
export function startTestLeash(options: Partial<Omit<LeashOptions, 'env' | 'log'>> = {}): TestLeash {
  const { silenceMs = 5_000, readyWithinMs = 5_000 } = options;
  const leash = startLeash({ ...options, silenceMs, readyWithinMs, env: process.env, log: QUIET_LOG });
  const ping = startLeashPing(leash.socketPath, silenceMs / PINGS_PER_WINDOW);
  return Object.assign(leash, { stopPing: () => ping.stop() });
}

export function newJobId(): string {
  return `test-${randomUUID()}`;
}

/** A run of `argv` with the environment of a command, which collects its output. */
export function leashedRun(attemptId: string, argv: string[]): LeashedRun & { output: string; busy: number } {
  const [file = '', ...args] = argv;
  return {
    attemptId,
    file: file.startsWith('/') ? file : `/usr/bin/${file}`,
    args,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '', LEEWAY_ATTEMPT: attemptId },
    stdin: null,
    output: '',
    busy: 0,
    onOutput(chunk) {
      this.output += chunk.toString('utf8');
    },
    onCpuActivity() {
      this.busy += 1;
    },
  };
}

export interface TestContext extends HandlerContext {
  stop(reason?: StopReason): void;
  /** The output that the handler reported, in order. */
  readonly outputs: { text: string; stream: OutputStream }[];
  /** The number of calls of `activity`. */
  readonly activities: number;
  /** One entry for each call of `alreadyEnded`. */
  readonly ended: true[];
}

/** The context of an attempt without a supervisor. */
export function testContext({ attempt = 1, graceMs = 2_000 } = {}): TestContext {
  const controller = new AbortController();
  const jobId = newJobId();
  const outputs: TestContext['outputs'] = [];
  let activities = 0;
  const ended: true[] = [];
  return {
    signal: controller.signal,
    jobId,
    attemptId: `${jobId}.${attempt}`,
    attempt,
    graceMs,
    lastCheckpoint: undefined,
    log: QUIET_LOG,
    outputs,
    get activities() {
      return activities;
    },
    deadline: () => Number.MAX_SAFE_INTEGER,
    latestDeadline: () => Number.MAX_SAFE_INTEGER,
    activity: () => void (activities += 1),
    output: (chunk, stream = 'text') => outputs.push({ text: chunk.toString(), stream }),
    progress: () => {},
    extend: () => false,
    tool: () => {},
    checkpoint: () => {},
    waiting: () => true,
    phase: () => true,
    streamPart: () => {},
    complete: () => {},
    alreadyEnded: () => void ended.push(true),
    ended,
    stop: (reason = { cause: 'cancelled', message: 'stopped by the test' }) => controller.abort(reason),
  };
}
