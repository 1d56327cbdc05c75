import type { Writable } from 'node:stream';

/** Where the command line writes to, and what it knows of the place. */
export interface Terminal {
  /** Results: what a script reads. */
  out(text: string): void;
  /** Everything about them: errors, notes, the status line. */
  err(text: string): void;
  /** True: somebody watches stderr, so a line may be rewritten. */
  readonly live: boolean;
  /** Characters in a line; unlimited where stdout is not a terminal. */
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
