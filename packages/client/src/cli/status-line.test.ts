import { expect, test } from 'vitest';
import { StatusLine } from './status-line.js';

function terminal(live = true) {
  const seen = {
    text: '',
    out: (text: string) => void (seen.text += text),
    err: (text: string) => void (seen.text += text),
    live,
    columns: 20,
  };
  return seen;
}

test('is rewritten in place and gives way to output', () => {
  const screen = terminal();
  const line = new StatusLine(screen);
  line.show('one');
  line.show('two');
  line.around('output\n', screen.out);
  expect(screen.text).toBe('\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Koutput\n');
});

test('stays away while a line of output is unfinished', () => {
  const screen = terminal();
  const line = new StatusLine(screen);
  line.around('name: ', screen.out);
  line.show('running');
  expect(screen.text).toBe('name: ');
  line.note('leeway: late');
  expect(screen.text).toBe('name: \nleeway: late\n');
});

test('never wraps', () => {
  const screen = terminal();
  new StatusLine(screen).show('x'.repeat(50));
  expect(screen.text).toBe(`\r\u001b[K${'x'.repeat(18)}…`);
});

test('is not written where nobody watches', () => {
  const screen = terminal(false);
  const line = new StatusLine(screen);
  line.show('running');
  line.hide();
  expect(screen.text).toBe('');
});
