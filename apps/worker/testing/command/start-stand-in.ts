import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StandInOptions } from './stand-in-worker.js';

/** A line that a stand-in worker prints. */
export interface StandInEvent {
  readonly socketPath?: string;
  readonly output?: string;
  readonly result?: { readonly exitCode: number | null; readonly stdout: string };
  readonly code?: string;
  readonly cause?: string;
  readonly blockedMs?: number;
}

export interface StandIn {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly events: readonly StandInEvent[];
}

/** Starts a stand-in worker from the sources. */
export function startStandIn(options: StandInOptions): StandIn {
  const file = fileURLToPath(new URL('./stand-in-worker.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=leeway-source', '--import', 'tsx', file, JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const events: StandInEvent[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line) as StandInEvent);
  });
  return { process: child, pid: child.pid ?? 0, events };
}
