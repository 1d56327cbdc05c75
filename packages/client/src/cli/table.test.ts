import { expect, test } from 'vitest';
import { table } from './table.js';

const rows = [
  { name: 'command/node/-e/a-long-label', count: '3' },
  { name: 'chat', count: '1200' },
];
const columns = [
  { title: 'CLASS', cell: (row: (typeof rows)[0]) => row.name, elastic: true },
  { title: 'RUNS', cell: (row: (typeof rows)[0]) => row.count, align: 'right' as const },
];

test('the columns of a table are as wide as their longest cell', () => {
  expect(table(rows, columns, 80)).toEqual([
    'CLASS                         RUNS',
    'command/node/-e/a-long-label     3',
    'chat                          1200',
  ]);
});

test('the elastic column of a table is cut on a narrow terminal', () => {
  expect(table(rows, columns, 20)).toEqual(['CLASS           RUNS', 'command/node/…     3', 'chat            1200']);
});

test('a name in a table can neither move the cursor nor reverse the line (F190)', () => {
  const [, line] = table([{ name: '\u001b[2J\r\u202Eevil', count: '1' }], columns, 80);
  expect(line).toBe('·[2J··evil     1');
});
