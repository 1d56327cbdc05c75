import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface LineWatch {
  /** Resolves at the first line from now on for which `test` is true. */
  waitFor(test: (line: string) => boolean): Promise<void>;
}

/** Passes each line that a child prints to `onLine`. */
export function watchLines(child: ChildProcess, onLine: (line: string) => void): LineWatch {
  const watchers = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      for (const watch of watchers) watch(line);
      onLine(line);
    });
  }
  return {
    waitFor: (test) =>
      new Promise((resolve) => {
        const watch = (line: string) => {
          if (!test(line)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
      }),
  };
}
