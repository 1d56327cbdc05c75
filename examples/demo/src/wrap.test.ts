import { expect, test } from 'vitest';
import { wrap } from './wrap.js';

test('a short line stays as it is, blanks in front included', () =>
  expect(wrap('  1.0 s  all well', 40, 4)).toEqual(['  1.0 s  all well']));

test('a long line is broken between words and goes on indented', () => {
  expect(wrap('  1.0 s  one two three', 14, 9)).toEqual(['  1.0 s  one', '         two', '         three']);
});

test('colours take no room', () =>
  expect(wrap('\u001b[2mone\u001b[0m two', 7, 0)).toEqual(['\u001b[2mone\u001b[0m two']));

test('a word wider than the line is left whole', () =>
  expect(wrap('a incomprehensibilities b', 5, 2)).toEqual(['a', '  incomprehensibilities', '  b']));
