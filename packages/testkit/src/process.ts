import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findProgram } from './find-program.js';
import { waitUntil } from './wait-until.js';

export interface ProcessOptions {
  /** The environment of the process in addition to PATH and HOME. Default: none. */
  env?: Record<string, string>;
  cwd?: string;
  /** Name in messages. Default: the command line. */
  name?: string;
}

/** How a process ended. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process of a test, in a process group of its own. */
export interface TestProcess {
  readonly name: string;
  readonly pid: number;
  /** All lines that it has printed to standard output and error. */
  readonly lines: readonly string[];
  readonly ended: Promise<ProcessEnd>;
  /** Writes to its standard input. */
  type(text: string): void;
  isRunning(): boolean;
  /** The first line that matches, also one that was printed before. Rejects when the process ends without such a line. */
  waitForLine(test: string | ((line: string) => boolean), timeoutMs?: number): Promise<string>;
  /** Sends SIGTERM. */
  term(): Promise<ProcessEnd>;
  /** Sends SIGKILL to the process alone, not to its children. */
  kill9(): Promise<ProcessEnd>;
  /** Sends SIGSTOP: the process freezes with its files and connections open. */
  stop(): void;
  /** Sends SIGCONT. */
  cont(): void;
  /** Sends SIGKILL to the whole group, for the end of a test. May be called twice. */
  end(): Promise<void>;
}

const LINE_TIMEOUT_MS = 20_000;
const running = new Set<TestProcess>();
// No process outlives the test file, whatever it forgets.
process.on('exit', () => {
  for (const { pid } of running) signalGroup(pid, 'SIGKILL');
});

/** Starts `node` with these arguments. */
export function spawnNode(args: string[], options: ProcessOptions = {}): TestProcess {
  return spawnProcess([process.execPath, ...args], options);
}

/** Starts a program without a shell. It ends with this process at the latest. */
export function spawnProcess(argv: string[], options: ProcessOptions = {}): TestProcess {
  const [program = '', ...args] = endingWithParent(argv);
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

/** On Linux the kernel kills the process together with its parent, also when that is killed with SIGKILL. */
export function endingWithParent(argv: readonly string[]): string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [...argv] : [setpriv, '--pdeathsig', 'KILL', ...argv];
}

function watch(child: ChildProcess, { pid, name }: { pid: number; name: string }): TestProcess {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  const ended = new Promise<ProcessEnd>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  // Input after its end is lost.
  child.stdin?.on('error', () => {});
  let closed = false;
  child.once('close', () => (closed = true));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const send = (signal: NodeJS.Signals) => {
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
    term: () => send('SIGTERM'),
    kill9: () => send('SIGKILL'),
    stop: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
    async end() {
      signalGroup(pid, 'SIGKILL');
      await ended;
    },
  };
}

interface PrintingProcess {
  name: string;
  lines: readonly string[];
  /** Whether its output has ended. */
  isClosed(): boolean;
}

async function waitForLine(
  from: PrintingProcess,
  test: string | ((line: string) => boolean),
  timeoutMs: number,
): Promise<string> {
  const matches = typeof test === 'string' ? (line: string) => line.includes(test) : test;
  const what = typeof test === 'string' ? `the line "${test}" of ${from.name}` : `a line of ${from.name}`;
  await waitUntil(() => from.lines.some(matches) || from.isClosed(), { what, timeoutMs });
  const line = from.lines.find(matches);
  if (line === undefined) throw new Error(`${from.name} ended without ${what}; it printed:\n${from.lines.join('\n')}`);
  return line;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

/**
 * Ids of other processes with `text` in their environment or command line, wherever they are in the process tree. Linux
 * only. Zombies do not count.
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
    // It has ended, or belongs to another user.
    return '';
  }
}
