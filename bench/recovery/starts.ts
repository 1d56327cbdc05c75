import { readFileSync } from 'node:fs';

/** One run of a task, as recorded by the task itself. */
export interface Start {
  task: string;
  atMs: number;
  pid: number;
}

/** All runs so far, in order. */
export function readStarts(file: string): Start[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [task = '', atMs, pid] = line.split(' ');
      return { task, atMs: Number(atMs), pid: Number(pid) };
    });
}
