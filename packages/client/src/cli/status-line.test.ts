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

test('the status line is rewritten in place and removed before output', () => {
  const screen = terminal();
  const line = new StatusLine(screen);
  line.show('one');
  line.show('two');
  line.around('output\n', screen.out);
  expect(screen.text).toBe('\r\u001b[Kone\r\u001b[Ktwo\r\u001b[Koutput\n');
});

test('the status line is not shown while a line of output is unfinished', () => {
  const screen = terminal();
  const line = new StatusLine(screen);
  line.around('name: ', screen.out);
  line.show('running');
  expect(screen.text).toBe('name: ');
  line.note('leeway: late');
  expect(screen.text).toBe('name: \nleeway: late\n');
});

test('the status line is cut to the width of the terminal', () => {
  const screen = terminal();
  new StatusLine(screen).show('x'.repeat(50));
  expect(screen.text).toBe(`\r\u001b[K${'x'.repeat(18)}…`);
});

test('the status line is not written where standard error is no terminal', () => {
  const screen = terminal(false);
  const line = new StatusLine(screen);
  line.show('running');
  line.hide();
  expect(screen.text).toBe('');
});
