import { expect, test } from 'vitest';
import { GroupedLines } from './grouped-lines.js';

test('lines that are alike become one, in the order of their first', () => {
  const written: string[] = [];
  const lines = new GroupedLines((line) => written.push(line));
  for (const line of ['a', 'b', 'a']) lines.add(line);
  lines.flush();
  lines.flush();
  expect(written).toEqual(['2 x a', 'b']);
});
