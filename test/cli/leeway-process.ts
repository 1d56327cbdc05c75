import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../packages/client/bin/leeway.mjs', import.meta.url));

export interface LeewayEnd {
  code: number | null;
  out: string;
  err: string;
}

export interface LeewayProcess {
  pid: number;
  /** What it has printed on standard output so far. */
  out: () => string;
  interrupt: () => void;
  /** Closes the pipe that it prints to, as `head` does. */
  closeOutput: () => void;
  ended: Promise<LeewayEnd>;
}

/** Starts the built command line as a process of its own. */
export function startLeeway(api: string, args: string[], stdin?: string): LeewayProcess {
  const env = { PATH: process.env['PATH'] ?? '', LEEWAY_URL: api };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
  child.stdout.on('data', (text: string) => (printed.out += text));
  child.stderr.on('data', (text: string) => (printed.err += text));
  child.stdin.end(stdin);
  return {
    pid: child.pid as number,
    out: () => printed.out,
    interrupt: () => void child.kill('SIGINT'),
    closeOutput: () => child.stdout.destroy(),
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...printed }))),
  };
}

export function leeway(api: string, args: string[], stdin?: string): Promise<LeewayEnd> {
  return startLeeway(api, args, stdin).ended;
}
