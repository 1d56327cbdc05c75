import { parsePolicy } from '@leeway/contract';
import { expect, test } from 'vitest';
import { monitorMode } from './monitor-for.js';

const mode = (work: { kind: string; input?: object; monitor?: boolean }, policy: object = {}) =>
  monitorMode(
    { kind: work.kind, input: work.input ?? {}, limits: work.monitor === undefined ? {} : { monitor: work.monitor } },
    parsePolicy(policy),
  );

test('the monitor acts for models and agents, and only watches programs and handlers of users (F112, F115)', () => {
  expect(mode({ kind: 'chat' })).toBe('act');
  expect(mode({ kind: 'command', input: { format: 'stream-json' } })).toBe('act');
  expect(mode({ kind: 'command' })).toBe('watch');
  expect(mode({ kind: 'a-kind-of-a-user' })).toBe('watch');
});

test('the monitor can be switched off for all jobs, for a kind and for a job (F112)', () => {
  expect(mode({ kind: 'chat' }, { monitor: { enabled: false } })).toBe('off');
  expect(mode({ kind: 'chat' }, { monitor: { kinds: { chat: 'off' } } })).toBe('off');
  expect(mode({ kind: 'command' }, { monitor: { kinds: { chat: 'off' } } })).toBe('watch');
  expect(mode({ kind: 'chat', monitor: false })).toBe('off');
  expect(mode({ kind: 'chat', monitor: true })).toBe('act');
});
