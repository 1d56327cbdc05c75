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

test('starts in order, stops in reverse, and stops once however often it is asked', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a'), part('b')]);
  await lifecycle.start();
  await Promise.all([lifecycle.stop('test'), lifecycle.stop('again')]);
  expect(await lifecycle.stop('and again')).toEqual({ clean: true, left: [] });
  expect(seen).toEqual(['+a', '+b', '-b', '-a']);
});

test('starts nothing once it was stopped', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a')]);
  expect((await lifecycle.stop('before')).clean).toBe(true);
  await lifecycle.start();
  expect(seen).toEqual([]);
});

test('stops what had started when a part fails to start', async () => {
  const { seen, part } = recorder();
  const broken: Part = {
    name: 'broken',
    start: () => Promise.reject(new Error('port taken')),
    stop: () => void seen.push('-broken'),
  };
  await expect(lifecycleOf([part('a'), broken, part('c')]).start()).rejects.toThrow('port taken');
  expect(seen).toEqual(['+a', '-broken', '-a']);
});

test('leaves a part that hangs behind when the drain limit is over, tells it, and stops the others', async () => {
  const { seen, part } = recorder();
  const hanging: Part = {
    name: 'hanging',
    stop: (signal) => new Promise(() => signal.addEventListener('abort', () => seen.push('told'))),
  };
  const lifecycle = lifecycleOf([part('a'), hanging]);
  await lifecycle.start();
  expect(await lifecycle.stop('test')).toEqual({ clean: false, left: ['hanging'] });
  expect(seen).toEqual(['+a', 'told', '-a']);
});

test('reports a part that throws while it stops, and stops the others', async () => {
  const { seen, part } = recorder();
  const lifecycle = lifecycleOf([part('a'), { name: 'rude', stop: () => Promise.reject(new Error('no')) }]);
  await lifecycle.start();
  expect(await lifecycle.stop('test')).toEqual({ clean: false, left: ['rude'] });
  expect(seen).toEqual(['+a', '-a']);
});
