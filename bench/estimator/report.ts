import type { Figures, Summary } from './summary.js';

const PERCENT = 100;
const COLUMNS: readonly [string, keyof Figures, 'share' | 'ratio'][] = [
  ['false kills', 'false_kills', 'share'],
  ['worst trace', 'worst_trace', 'share'],
  ['worst window', 'worst_window', 'share'],
  ['hang detection', 'hang_detection', 'ratio'],
  ['waste', 'waste', 'share'],
  ['cost', 'cost', 'ratio'],
  ['x3: last quarter', 'last_quarter_x3', 'share'],
  ['x10: last quarter', 'last_quarter_x10', 'share'],
  ['5 % hang', 'hangs_5', 'ratio'],
  ['10 % hang', 'hangs_10', 'ratio'],
  ['5 % hang: widest class', 'widest_class_5', 'ratio'],
  ['shuffled', 'shuffled', 'share'],
];

/** The means of all policies as a Markdown table. */
export function policyTable(summaries: Readonly<Record<string, Summary>>): string {
  return table(
    'policy',
    Object.entries(summaries).map(([name, { mean }]) => [name, mean]),
  );
}

/** The figures of one policy on each trace as a Markdown table. */
export function traceTable({ traces }: Summary): string {
  return table('trace', Object.entries(traces));
}

function table(title: string, rows: readonly [string, Figures][]): string {
  const shown = COLUMNS.filter(([, field]) => rows.some(([, figures]) => figures[field] !== undefined));
  const lines = [
    [title, ...shown.map(([heading]) => heading)],
    ['---', ...shown.map(() => '---:')],
    ...rows.map(([name, figures]) => [name, ...shown.map(([, field, form]) => figure(figures[field], form))]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function figure(value: number | undefined, form: 'share' | 'ratio'): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return form === 'ratio' ? value.toFixed(2) : `${significant(value * PERCENT)} %`;
}

const DECIMALS_BELOW = 10;

function significant(percent: number): string {
  return percent < DECIMALS_BELOW ? percent.toFixed(2) : percent.toFixed(1);
}
