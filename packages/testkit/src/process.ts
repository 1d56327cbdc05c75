import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findProgram } from './find-program.js';
import { waitUntil } from './wait-until.js';

export interface ProcessOptions {
  /** The whole environment of the process, on top of PATH and HOME. Default: nothing more. */
  env?: Record<string, string>;
  cwd?: string;
  /** Name for messages. Default: the program's arguments. */
  name?: string;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process of a test, in a group of its own. */
export interface TestProcess {
  readonly name: string;
  readonly pid: number;
  /** Everything it has printed, standard output and error mixed, as lines. */
  readonly lines: readonly string[];
  readonly ended: Promise<RunResult>;
  /** Writes to its standard input, which is open until it ends. */
  type(text: string): void;
  isRunning(): boolean;
  /** The first line that holds, also one that was printed before the call. Rejects when the process ends without it. */
  waitForLine(test: string | ((line: string) => boolean), timeoutMs?: number): Promise<string>;
  /** SIGTERM: asks it to stop. */
  term(): Promise<RunResult>;
  /** SIGKILL to the process alone; its children are left to whatever the product does about them. */
  kill9(): Promise<RunResult>;
  /** SIGSTOP: it does nothing any more and everything of it stays open. */
  stop(): void;
  /** SIGCONT. */
  cont(): void;
  /** SIGKILL to the whole group, for the end of a test. Twice is fine. */
  end(): Promise<void>;
}

const LINE_TIMEOUT_MS = 20_000;
const running = new Set<TestProcess>();
// Nothing may outlive the test file, whatever it forgets; a stopped process obeys SIGKILL too.
process.on('exit', () => {
  for (const { pid } of running) signalGroup(pid, 'SIGKILL');
});

/** Starts `node` with these arguments. */
export function spawnNode(args: string[], options: ProcessOptions = {}): TestProcess {
  return spawnProcess([process.execPath, ...args], options);
}

/** Starts a program, without a shell. It ends with this process at the latest. */
export function spawnProcess(argv: string[], options: ProcessOptions = {}): TestProcess {
  const [program = '', ...args] = dyingWithUs(argv);
  const inherited = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  const started = watch(child, { pid, name: options.name ?? argv.join(' ') });
  running.add(started);
  void started.ended.then(() => running.delete(started));
  return started;
}

/** Where the system can, the kernel ends the process with us, also when it is a SIGKILL that ends the tests. */
export function dyingWithUs(argv: readonly string[]): string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [...argv] : [setpriv, '--pdeathsig', 'KILL', ...argv];
}

function watch(child: ChildProcess, { pid, name }: { pid: number; name: string }): TestProcess {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const ended = new Promise<RunResult>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  // What is typed after its end is nobody's.
  child.stdin?.on('error', () => {});
  let closed = false;
  child.once('close', () => (closed = true));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ask = (signal: NodeJS.Signals) => {
    if (isRunning()) child.kill(signal);
    return ended;
  };
  return {
    name,
    pid,
    lines,
    ended,
    type: (text) => void child.stdin?.write(text),
    isRunning,
    waitForLine: (test, timeoutMs = LINE_TIMEOUT_MS) =>
      waitForLine({ name, lines, isClosed: () => closed }, test, timeoutMs),
    term: () => ask('SIGTERM'),
    kill9: () => ask('SIGKILL'),
    stop: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
    async end() {
      signalGroup(pid, 'SIGKILL');
      await ended;
    },
  };
}

interface Printing {
  name: string;
  lines: readonly string[];
  /** Nothing more will come. */
  isClosed(): boolean;
}

async function waitForLine(
  from: Printing,
  test: string | ((line: string) => boolean),
  timeoutMs: number,
): Promise<string> {
  const holds = typeof test === 'string' ? (line: string) => line.includes(test) : test;
  const what = typeof test === 'string' ? `the line "${test}" of ${from.name}` : `a line of ${from.name}`;
  await waitUntil(() => from.lines.some(holds) || from.isClosed(), { what, timeoutMs });
  const line = from.lines.find(holds);
  if (line === undefined)
    throw new Error(`${from.name} has ended without ${what}; it printed:\n${from.lines.join('\n')}`);
  return line;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/**
 * Process ids, other than our own, that carry `text` in their environment or on their command line: what a command
 * left behind, wherever it hides in the process tree. Linux only. Zombies do not count.
 */
export function aliveWithMarker(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const seen = ['environ', 'cmdline'].some((file) => readProc(pid, file).includes(text));
      return seen && !/^\d+ \(.*\) Z/s.test(readProc(pid, 'stat'));
    })
    .map(Number);
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended, or belongs to somebody else.
    return '';
  }
}
