import { durationText } from '@leeway/contract';
import type { RunLog } from './run-log.js';

const HEADINGS = ['class', 'ended', 'running', 'waiting', 'usual', 'first deadline', 'deadline now'];
const WIDTHS = [7, 8, 9, 9, 9, 16, 14];

/** The run as plain text: a line for each class, with what its deadlines were before and after its results came in. */
export function table(log: RunLog): string[] {
  const rows = log.families.map((family) => {
    const { ended, running, waiting, total } = log.counts(family);
    const decisions = log.firstDecisions(family);
    return [
      family.name,
      `${ended}/${total}`,
      `${running}`,
      `${waiting}`,
      duration(log.usualMs(family)),
      duration(decisions[0]?.deadlineMs),
      duration(decisions.at(-1)?.deadlineMs),
    ];
  });
  return [HEADINGS, ...rows].map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[column] ?? 0)))
      .join(''),
  );
}

function duration(ms: number | undefined): string {
  return ms === undefined ? '' : durationText(ms);
}
