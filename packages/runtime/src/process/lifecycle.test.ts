import { expect, test } from 'vitest';
import { Lifecycle, type Part } from './lifecycle.js';
import { silentLog } from '../log/log.js';

const DRAIN_MS = 50;

function lifecycleOf(parts: Part[]): Lifecycle {
  return new Lifecycle({ parts, log: silentLog, drainMs: DRAIN_MS });
}

function recorder() {
  const seen: string[] = [];
  const part = (name: string): Part => ({
    name,
    start: () => void seen.push(`+${name}`),
    stop: () => void seen.push(`-${name}`),
  });
  return { seen, part };
}

test('parts start in order and stop in reverse, once however often stop is called', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a'), part('b')]);
  await lifecycle.start();
  await Promise.all([lifecycle.stop('test'), lifecycle.stop('again')]);
  expect(await lifecycle.stop('and again')).toEqual({ clean: true, left: [] });
  expect(seen).toEqual(['+a', '+b', '-b', '-a']);
});

test('nothing starts after stop was called', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a')]);
  expect((await lifecycle.stop('before')).clean).toBe(true);
  await lifecycle.start();
  expect(seen).toEqual([]);
});

test('a part that fails to start stops the parts that had started', async () => {
  const { seen, part } = recorder();
  const broken: Part = {
    name: 'broken',
    start: () => Promise.reject(new Error('port taken')),
    stop: () => void seen.push('-broken'),
  };
  await expect(lifecycleOf([part('a'), broken, part('c')]).start()).rejects.toThrow('port taken');
  expect(seen).toEqual(['+a', '-broken', '-a']);
});

test('a part that hangs is aborted when the drain time is over, and the others are stopped', async () => {
  const { seen, part } = recorder();
  const hanging: Part = {
    name: 'hanging',
    stop: (signal) => new Promise(() => signal.addEventListener('abort', () => seen.push('aborted'))),
  };
  const lifecycle = lifecycleOf([part('a'), hanging]);
  await lifecycle.start();
  expect(await lifecycle.stop('test')).toEqual({ clean: false, left: ['hanging'] });
  expect(seen).toEqual(['+a', 'aborted', '-a']);
});

test('a part that throws while it stops is reported, and the others are stopped', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a'), { name: 'failing', stop: () => Promise.reject(new Error('no')) }]);
  await lifecycle.start();
  expect(await lifecycle.stop('test')).toEqual({ clean: false, left: ['failing'] });
  expect(seen).toEqual(['+a', '-a']);
});

test('the drain time ends early when the caller aborts it', async () => {
  const { seen } = recorder();
  const abort = new AbortController();
  const draining: Part = {
    name: 'draining',
    stop: (signal) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          seen.push('aborted');
          resolve();
        }),
      ),
  };
  const lifecycle = new Lifecycle({ parts: [draining], log: silentLog, drainMs: 60_000, abortDrain: abort.signal });
  await lifecycle.start();
  const stopped = lifecycle.stop('test');
  abort.abort();
  expect(await stopped).toEqual({ clean: true, left: [] });
  expect(seen).toEqual(['aborted']);
});
