import { fit, printable } from './printable.js';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  align?: 'left' | 'right';
  /** Cut where the line is too long; other columns never are. */
  elastic?: boolean;
}

const GAP = '  ';
const LEAST_ELASTIC = 8;

/** Rows under a line of titles. No line is longer than `width` where an elastic column can be cut. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const titles = columns.map((column) => column.title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...cells].map((line) => (line[index] as string).length)),
  );
  const overflow = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1) - width;
  const elastic = columns.findIndex((column) => column.elastic);
  if (overflow > 0 && elastic !== -1) widths[elastic] = Math.max(LEAST_ELASTIC, (widths[elastic] as number) - overflow);
  return [titles, ...cells].map((line) =>
    line
      .map((cell, index) => pad(cell, widths[index] as number, columns[index]?.align))
      .join(GAP)
      .trimEnd(),
  );
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = fit(text, width);
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}
