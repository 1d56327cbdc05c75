import type { OutputStream, StopReason } from '@leeway/supervision';
import { randomUUID } from 'node:crypto';
import type { HandlerContext, HandlerLog } from '../../src/handlers/handler.js';
import { type Leash, type LeashedRun } from '../../src/handlers/command/leash-client/leash.js';
import { startLeashPing } from '../../src/handlers/command/leash-client/leash-ping.js';
import { startLeash } from '../../src/handlers/command/leash-client/start-leash.js';

export const QUIET_LOG: HandlerLog = { debug() {}, info() {}, warn() {}, error() {} };
const PINGS_PER_WINDOW = 6;

export interface TestLeash extends Leash {
  stopPing(): void;
}

/** A leash with a heartbeat in this process. The window is wide by default: a test machine may be busy. */
export function startTestLeash({ silenceMs = 5_000, readyWithinMs = 5_000 } = {}): TestLeash {
  const leash = startLeash({ silenceMs, readyWithinMs, env: process.env, log: QUIET_LOG });
  const ping = startLeashPing(leash.socketPath, silenceMs / PINGS_PER_WINDOW);
  return Object.assign(leash, { stopPing: () => ping.stop() });
}

export function newJobId(): string {
  return `test-${randomUUID()}`;
}

/** A run of `argv` with the environment that a handler would give it, collecting its output. */
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
  /** What the handler reported, in order. */
  readonly outputs: { text: string; stream: OutputStream }[];
  /** How often it showed activity that was no output. */
  readonly activities: number;
  /** One for each time that it said that its work had ended before the stop. */
  readonly ended: true[];
}

/** What a supervisor would hand to a handler, with nothing behind it. */
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
    stop: (reason = { cause: 'cancelled', message: 'the test says so' }) => controller.abort(reason),
  };
}
