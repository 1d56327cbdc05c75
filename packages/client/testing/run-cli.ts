import { runProgram } from '../src/cli/program.js';

export interface CliRun {
  code: number;
  out: string;
  err: string;
}

export interface CliOptions {
  url?: string;
  key?: string;
  stdin?: string;
  /** Standard error is a terminal of this width. */
  columns?: number;
  /** Called with every write, e.g. to press Ctrl-C when something has been printed. */
  onWrite?: (text: string, pressCtrlC: () => void) => void;
}

/** Runs one command line in this process and returns what it prints. */
export async function runCli(args: string[], options: CliOptions = {}): Promise<CliRun> {
  const printed = { out: '', err: '' };
  let interrupt = () => {};
  let exited: ((code: number) => void) | undefined;
  const exit = new Promise<number>((resolve) => (exited = resolve));
  const write = (where: 'out' | 'err') => (text: string) => {
    printed[where] += text;
    options.onWrite?.(text, () => interrupt());
  };
  const program = runProgram(args, {
    terminal: {
      out: write('out'),
      err: write('err'),
      live: options.columns !== undefined,
      columns: options.columns ?? Number.POSITIVE_INFINITY,
    },
    url: options.url,
    key: options.key,
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    folder: '/here',
    onInterrupt(first, again) {
      let count = 0;
      interrupt = () => (count++ === 0 ? first() : again());
      return () => (interrupt = () => {});
    },
    exit: (code) => exited?.(code),
  });
  return { code: await Promise.race([program, exit]), ...printed };
}
