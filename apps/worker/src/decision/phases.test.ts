import { parsePolicy, type Phase } from '@leeway/contract';
import { AttemptPhases } from '@leeway/supervision';
import { expect, test } from 'vitest';
import { phasesOf } from './phases.js';

const FIVE_MINUTES = { deadlineMs: 300_000 };
const CHAT = { kind: 'chat', input: {}, tier: 'default', stream: true };

test.each([
  ['chat', {}, 5],
  ['command', { format: 'stream-json' }, 5],
  ['a-kind-of-a-user', {}, 5],
  ['command', {}, 0],
])('a job of the kind %s with the input %j has %d phases in five minutes (F106)', (kind, input, count) => {
  expect(phasesOf(FIVE_MINUTES, { ...CHAT, kind, input }, parsePolicy())).toHaveLength(count);
});

test('the policy names phases and sets their windows; no names mean no phases (F106)', () => {
  const policy = parsePolicy({ phases: { names: ['ask', 'answer'], windowMs: 20_000 } });
  expect(phasesOf(FIVE_MINUTES, CHAT, policy)).toEqual([
    { name: 'ask', windowMs: 20_000 },
    { name: 'answer', windowMs: 20_000 },
  ]);
  expect(phasesOf(FIVE_MINUTES, CHAT, parsePolicy({ phases: { names: [] } }))).toEqual([]);
});

test.each([
  ['enterprise', 300_000, 60_000, 5],
  ['mid', 60_000, 20_000, 3],
  ['free', 8_000, 2_000, 4],
])(
  'in the tier %s an attempt of %d ms has windows of %d ms: %d phases (F106, F107)',
  (tier, deadlineMs, windowMs, count) => {
    const phases = phasesOf({ deadlineMs }, { ...CHAT, tier }, parsePolicy());
    expect(phases).toHaveLength(count);
    expect(phases[0]?.windowMs).toBe(windowMs);
  },
);

test('an attempt without a window is divided into three phases of equal length (F107)', () => {
  const policy = parsePolicy({ phases: { windowMs: null } });
  expect(phasesOf(FIVE_MINUTES, CHAT, policy).map(({ windowMs }) => windowMs)).toEqual([100_000, 100_000, 100_000]);
});

test('phases are published as they begin, each once', () => {
  const published: Phase[] = [];
  const phases = new AttemptPhases(phasesOf(FIVE_MINUTES, CHAT, parsePolicy()), (phase) => published.push(phase));
  phases.begin();
  phases.tick(61_000);
  phases.tick(62_000);
  expect(phases.advance(70_000)).toBe(true);
  expect(phases.advance(80_000, 'deeper analysis')).toBe(false);
  expect(published.map(({ name, number, of }) => `${number}/${of} ${name}`)).toEqual([
    '1/5 initial response',
    '2/5 deeper analysis',
    '3/5 complex processing',
  ]);
  expect(phases.current).toMatchObject({ startedAtMs: 70_000, windowMs: 76_667 });
});
