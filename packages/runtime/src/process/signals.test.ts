import { afterEach, expect, test } from 'vitest';
import { Lifecycle, type Part } from './lifecycle.js';
import { silentLog } from '../log/log.js';
import { stopOnSignals } from './signals.js';

afterEach(() => {
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
});

function armed(part: Part): number[] {
  const codes: number[] = [];
  const lifecycle = new Lifecycle({ parts: [part], log: silentLog, drainMs: 20 });
  void lifecycle.start();
  stopOnSignals(lifecycle, (code) => codes.push(code));
  return codes;
}

test('a signal stops all parts, then the process exits with 0', async () => {
  const codes = armed({ name: 'quick' });
  process.emit('SIGTERM');
  await expect.poll(() => codes).toEqual([0]);
});

test('the process exits with 1 when a part did not stop', async () => {
  const codes = armed({ name: 'hanging', stop: () => new Promise(() => {}) });
  process.emit('SIGINT');
  await expect.poll(() => codes).toEqual([1]);
});

test('a second signal exits with 1 at once', () => {
  const codes = armed({ name: 'hanging', stop: () => new Promise(() => {}) });
  process.emit('SIGINT');
  process.emit('SIGINT');
  expect(codes).toEqual([1]);
});
