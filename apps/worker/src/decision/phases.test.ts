import { type Decision, parsePolicy, type Phase } from '@leeway/contract';
import { expect, test } from 'vitest';
import { AttemptPhases } from '@leeway/supervision';
import { endedByPhases, phasesOf } from './phases.js';

const FIVE_MINUTES = { deadlineMs: 300_000, hardCapMs: 3_600_000, caps: [], basis: 'prior' } as unknown as Decision;
const CHAT = { streamKind: 'chat', tier: 'default', stream: true };

test.each([
  ['chat', 5],
  ['command.stream-json', 5],
  ['a-kind-of-a-user', 5],
  ['command', 0],
])('a job of the kind %s has %d phases in five minutes (F106)', (streamKind, count) => {
  expect(phasesOf(FIVE_MINUTES, { ...CHAT, streamKind }, parsePolicy())).toHaveLength(count);
});

test('their names and windows are data, and none means no phases (F106)', () => {
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
    const phases = phasesOf({ ...FIVE_MINUTES, deadlineMs }, { ...CHAT, tier }, parsePolicy());
    expect(phases).toHaveLength(count);
    expect(phases[0]?.windowMs).toBe(windowMs);
  },
);

test('without a window they are thirds of the attempt (F107)', () => {
  const policy = parsePolicy({ phases: { windowMs: null } });
  expect(phasesOf(FIVE_MINUTES, CHAT, policy).map(({ windowMs }) => windowMs)).toEqual([100_000, 100_000, 100_000]);
});

test('they end an attempt only where the policy says so (F106)', () => {
  const long = { ...FIVE_MINUTES, deadlineMs: 600_000 };
  expect(endedByPhases(long, CHAT, parsePolicy())).toBe(long);
  const strict = endedByPhases(long, CHAT, parsePolicy({ phases: { endAttempt: true } }));
  expect(strict).toMatchObject({
    deadlineMs: 300_000,
    hardCapMs: 300_000,
    caps: [{ name: 'phases', limitMs: 300_000, bit: true }],
    sentence: expect.stringContaining('the end of its last phase'),
  });
});

test('are told as they begin, each once', () => {
  const told: Phase[] = [];
  const phases = new AttemptPhases(phasesOf(FIVE_MINUTES, CHAT, parsePolicy()), (phase) => told.push(phase));
  phases.begin();
  phases.tick(61_000);
  phases.tick(62_000);
  expect(phases.advance(70_000)).toBe(true);
  expect(phases.advance(80_000, 'deeper analysis')).toBe(false);
  expect(told.map(({ name, number, of }) => `${number}/${of} ${name}`)).toEqual([
    '1/5 initial response',
    '2/5 deeper analysis',
    '3/5 complex processing',
  ]);
  expect(phases.current).toMatchObject({ startedAtMs: 70_000, windowMs: 76_667 });
});
