import { durationText } from '@leeway/contract';
import { findings, learnedRows, type Finding, type Outcome } from './findings.js';
import type { Paint } from './paint.js';

export interface Summary {
  lines: string[];
  /** Everything that was promised and could be tried has happened. */
  kept: boolean;
}

const NAME = 8;
const RUNS = 5;
const DURATION = 12;

/** What was learned and what came of each promise, from the answers of the API. */
export function summarize(outcome: Outcome, paint: Paint): Summary {
  const found = findings(outcome);
  const title = `  ${'class'.padEnd(NAME)}${'runs'.padStart(RUNS)}${'usual'.padStart(DURATION)}${'first limit'.padStart(DURATION + 2)}${'last limit'.padStart(DURATION + 2)}`;
  const rows = learnedRows(outcome.log).map(
    (row) =>
      `  ${row.family.name.padEnd(NAME)}${String(row.runs).padStart(RUNS)}${durationText(row.usualMs).padStart(DURATION)}${durationText(row.firstDeadlineMs).padStart(DURATION + 2)}${durationText(row.lastDeadlineMs).padStart(DURATION + 2)}`,
  );
  const lines = [
    '',
    paint.bold('What was learned'),
    paint.dim(title),
    ...rows,
    '',
    paint.bold('What was promised'),
    ...found.map((one) => findingLine(one, paint)),
  ];
  return { lines, kept: found.every((one) => one.kept !== false) };
}

function findingLine({ kept, text }: Finding, paint: Paint): string {
  const mark = kept === undefined ? paint.dim('-') : kept ? paint.good('✓') : paint.bad('✗');
  return `  ${mark} ${text}`;
}
