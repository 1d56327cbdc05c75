import { execFileSync } from 'node:child_process';
import { closeSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A command that runs until the test releases it, in every attempt; then it prints "done" and exits with 0. A shell and a
 * child of it, always the same two processes, which need no processor while they wait. One can be run by many jobs.
 */
export interface HeldCommand {
  readonly argv: string[];
  release(): void;
}

let count = 0;

/** `folder`: where the named pipe is made that it reads. */
export function heldCommand(folder: string): HeldCommand {
  const pipe = join(folder, `held-${(count += 1)}`);
  execFileSync('mkfifo', [pipe]);
  return {
    argv: ['sh', '-c', 'cat "$0"; echo done', pipe],
    release() {
      // Whoever waits reads the end of the pipe; an empty file takes its place, so that nobody waits any more.
      const writer = openSync(pipe, 'r+');
      writeFileSync(`${pipe}.released`, '');
      renameSync(`${pipe}.released`, pipe);
      closeSync(writer);
    },
  };
}
