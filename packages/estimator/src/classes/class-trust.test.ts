import { expect, test } from 'vitest';
import { classInfo } from './class-info.js';
import { NOW_MS, policyOf, sample, StoredHistory, TENANT } from '../../testing/written-history.js';

const NAME = 'command/git/status';

function info(estimator: Record<string, unknown>, counters: Record<string, number>, wrong = 0) {
  const policy = policyOf(estimator);
  const history = new StoredHistory(policy).add([
    ...Array.from({ length: 40 }, () => sample(5_000)),
    ...Array.from({ length: wrong }, () => sample(15_000, { deadlineMs: 10_000 })),
  ]);
  const rings = new Map([...history.rings].map(([key, samples]) => [key, { samples }]));
  return classInfo({
    tenant: TENANT,
    className: NAME,
    counters,
    running: 0,
    lastAt: null,
    rings,
    policy,
    nowMs: NOW_MS,
  });
}

test('a class without alarm shows its rate of false kills and no shadow (F63)', () => {
  expect(info({}, {}, 2)).toMatchObject({
    mode: 'on',
    recentFalseKillRate: 2 / 42,
    falseKillAlarm: false,
    override: null,
    shadows: [],
  });
});

test('a class above the alarm shows the static limit that applies, and why (F61)', () => {
  const alarmed = info({}, {}, 10);
  expect(alarmed).toMatchObject({ recentFalseKillRate: 0.2, falseKillAlarm: true, deadlineMs: 600_000 });
  expect(alarmed.override).toContain('10 of the last 50 runs');
  expect(alarmed.shadows).toMatchObject([{ name: 'learned', judged: 0, falseKillRate: null, hangDetection: null }]);
});

test('a class shows the record of each shadow, also of one that no longer runs (F53)', () => {
  const counters = {
    succeeded: 80,
    'shadow:wide:judged': 50,
    'shadow:wide:falseKills': 1,
    'shadow:wide:actingFalseKills': 3,
    'shadow:wide:hung': 2,
    'shadow:wide:hungMs': 30_000,
    'shadow:wide:actingHungMs': 20_000,
    'shadow:old:judged': 4,
    'shadow:wide:nonsense': 1,
  };
  expect(info({ shadow: { name: 'wide', margin: 3 } }, counters).shadows).toEqual([
    {
      name: 'old',
      deadlineMs: null,
      judged: 4,
      falseKills: 0,
      falseKillRate: 0,
      actingFalseKills: 0,
      hung: 0,
      hangDetection: null,
    },
    {
      name: 'wide',
      deadlineMs: 15_000,
      judged: 50,
      falseKills: 1,
      falseKillRate: 0.02,
      actingFalseKills: 3,
      hung: 2,
      hangDetection: 1.5,
    },
  ]);
});
