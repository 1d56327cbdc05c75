import { markup, type Markup, type MarkupValue } from './markup.js';

export interface Column<Row> {
  title: string;
  /** What the column shows, as the tooltip of its heading. */
  meaning: string;
  /** Aligned at the right. */
  numeric?: boolean;
  /** As wide as the card on narrow screens. */
  wide?: boolean;
  cell: (row: Row) => MarkupValue;
}

export interface TableOptions<Row> {
  /** For screen readers; not visible. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Identifies a row from one update to the next. */
  key: (row: Row) => string;
  /** Shown instead of a table without rows. */
  empty: MarkupValue;
}

/**
 * A table that becomes a stack of cards on narrow screens. It has explicit roles because browsers do not treat an element
 * as a table once its `display` is changed.
 */
export function table<Row>(options: TableOptions<Row>): Markup {
  const { caption, columns, rows, key, empty } = options;
  if (rows.length === 0) return markup`<p class="empty">${empty}</p>`;
  return markup`<table role="table"><caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(heading)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => tableRow(row, columns, key(row)))}</tbody></table>`;
}

function heading<Row>(column: Column<Row>): Markup {
  return markup`<th role="columnheader" scope="col" title="${column.meaning}"${classes(column)}>${column.title}</th>`;
}

function tableRow<Row>(row: Row, columns: readonly Column<Row>[], key: string): Markup {
  const cells = columns.map((column, index) => {
    const content = column.cell(row);
    if (index === 0) return markup`<th role="rowheader" scope="row" data-title="${column.title}">${content}</th>`;
    return markup`<td role="cell" data-title="${column.title}"${classes(column)}>${content}</td>`;
  });
  return markup`<tr role="row" data-key="${key}">${cells}</tr>`;
}

function classes<Row>({ numeric, wide }: Column<Row>): Markup | null {
  const names = [...(numeric === true ? ['numeric'] : []), ...(wide === true ? ['wide'] : [])];
  return names.length === 0 ? null : markup` class="${names.join(' ')}"`;
}
