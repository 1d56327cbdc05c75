import { durationText, type WorkerInfo } from '@leeway/contract';
import type { Paint } from './paint.js';
import type { RunLog } from './run-log.js';
import type { Family } from './workload.js';

export interface TableOptions {
  /** Characters in a line. */
  columns: number;
  paint: Paint;
}

const NAME = 8;
const COUNT = 9;
const USUAL = 10;
const BAR_MAX = 24;
/** What stands beside the bar: name, done, running, waiting, usual, deadline, and the blanks between. */
const BESIDE_BAR = 66;

/** The state of the demo as lines: a class a line, and the workers. */
export function liveTable(log: RunLog, workers: readonly WorkerInfo[], options: TableOptions): string[] {
  const { paint } = options;
  const bar = Math.max(0, Math.min(BAR_MAX, options.columns - BESIDE_BAR));
  const title = [
    'class'.padEnd(NAME),
    ' '.repeat(bar),
    'ended'.padStart(COUNT),
    'running'.padStart(COUNT),
    'waiting'.padStart(COUNT),
    'usual'.padStart(USUAL),
    'deadline',
  ];
  const rows = log.families.map((family) => row(log, family, { bar, paint }));
  return [paint.dim(join(title)), ...rows, workersLine(workers, paint)];
}

function row(log: RunLog, family: Family, { bar, paint }: { bar: number; paint: Paint }): string {
  const { ended, running, waiting, total } = log.counts(family);
  const tries = log.firstTries(family);
  const first = tries[0]?.decision?.deadlineMs;
  const now = tries.at(-1)?.decision;
  const filled = Math.round((bar * ended) / Math.max(1, total));
  const deadline = first === undefined || now === null || now === undefined ? '' : path(first, now.deadlineMs);
  const cells = [
    paint.bold(family.name.padEnd(NAME)),
    paint.good('━'.repeat(filled)) + paint.dim('─'.repeat(bar - filled)),
    `${ended}/${total}`.padStart(COUNT),
    String(running).padStart(COUNT),
    String(waiting).padStart(COUNT),
    usual(now?.expectedMs ?? null).padStart(USUAL),
    deadline,
  ];
  return join(cells);
}

function join(cells: string[]): string {
  return cells.filter((cell) => cell !== '').join(' ');
}

function usual(expectedMs: number | null): string {
  return expectedMs === null ? '?' : durationText(expectedMs);
}

function path(firstMs: number, nowMs: number): string {
  return firstMs === nowMs ? durationText(nowMs) : `${durationText(firstMs)} → ${durationText(nowMs)}`;
}

function workersLine(workers: readonly WorkerInfo[], paint: Paint): string {
  const cells = workers.map((worker) => {
    const dots = '●'.repeat(worker.running) + paint.dim('·'.repeat(Math.max(0, SHOWN_SLOTS - worker.running)));
    return worker.state === 'lost' ? paint.bad(`${worker.pid} lost`) : `${worker.pid} ${dots}`;
  });
  return `${paint.dim('workers'.padEnd(NAME))} ${cells.join('   ')}`;
}

/** A worker of the demo's own stack runs no more at once. */
const SHOWN_SLOTS = 6;
