import type { Writable } from 'node:stream';

/** Where the command line writes to. */
export interface Terminal {
  /** Standard output: results, for scripts to read. */
  out(text: string): void;
  /** Standard error: errors, notes, the status line. */
  err(text: string): void;
  /** True: standard error is a terminal, so a line can be rewritten. */
  readonly live: boolean;
  /** Characters in a line; infinite where standard output is not a terminal. */
  readonly columns: number;
}

type MaybeTty = Writable & { isTTY?: boolean; columns?: number };

const USUAL_COLUMNS = 80;

export function terminalOn(stdout: MaybeTty, stderr: MaybeTty): Terminal {
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    live: stderr.isTTY === true,
    get columns() {
      return stdout.isTTY === true ? (stdout.columns ?? USUAL_COLUMNS) : Number.POSITIVE_INFINITY;
    },
  };
}
