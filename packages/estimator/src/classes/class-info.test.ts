import { parsePolicy } from '@leeway/contract';
import { describe, expect, test } from 'vitest';
import { classFromName } from '../classify/job-class.js';
import { classInfo, classRingKeys } from './class-info.js';
import { classify } from '../classify/job-class.js';
import { ringKey } from '../history/ring-key.js';
import { encodeSample, type Sample } from '../history/sample.js';

const policy = parsePolicy();
const NOW_MS = Date.parse('2026-11-21T10:00:00Z');
const RUNS = 40;
const facts = {
  tenant: 'acme',
  className: 'command/git/status',
  counters: {},
  running: 1,
  lastAt: null,
  policy,
  nowMs: NOW_MS,
};

function ring(samples: Partial<Sample>[]): string[] {
  return samples.map((sample) =>
    encodeSample({ valueMs: 1_000, kind: 'exact', deadlineMs: 5_000, baseMs: 0, atMs: NOW_MS, ...sample }),
  );
}

describe('classInfo', () => {
  test('of a class without results shows the wide default and no figures: absent is not zero (F10)', () => {
    const info = classInfo({ ...facts, rings: new Map() });
    expect(info).toMatchObject({
      samples: 0,
      p50Ms: null,
      p95Ms: null,
      falseKillRate: null,
      deadlineMs: 600_000,
      recentMs: [],
      running: 1,
    });
  });

  test('shows the quantiles, the deadline of the next job, and the newest results oldest first (F40)', () => {
    const samples = ring(Array.from({ length: RUNS }, (_, i) => ({ valueMs: (i + 1) * 100 })));
    const info = classInfo({ ...facts, rings: new Map([[ringKey('total', 'acme', facts.className), { samples }]]) });
    expect(info).toMatchObject({
      level: facts.className,
      samples: RUNS,
      censored: 0,
      p50Ms: 2_000,
      p95Ms: 3_800,
      deadlineMs: 7_600,
    });
    expect(info.recentMs.at(-1)).toBe(100);
    expect(info.deadlines.at(-1)).toEqual({
      at: '2026-11-21T10:00:00.000Z',
      deadlineMs: 5_000,
      durationMs: 100,
      censored: false,
    });
  });

  test('has no p95 where that is among runs that never ended, and skips entries that are no samples', () => {
    const samples = [...ring([{ kind: 'hung' }, { kind: 'hung' }, {}, {}]), 'nonsense'];
    const info = classInfo({ ...facts, rings: new Map([[ringKey('total', 'acme', facts.className), { samples }]]) });
    expect(info).toMatchObject({ samples: 4, censored: 2, p50Ms: 1_000, p95Ms: null });
    expect(info.recentMs).toHaveLength(4);
  });

  test('follows the running attempts with the reason, like the next decision (F7, F59)', () => {
    const samples = ring(Array.from({ length: RUNS }, () => ({})));
    const rings = new Map([[ringKey('total', 'acme', facts.className), { samples }]]);
    const runningSince = Array.from({ length: 10 }, () => ({ sinceMs: NOW_MS - 20_000, worker: 'w1' }));
    const info = classInfo({ ...facts, rings, running: 10, runningSince });
    expect(info).toMatchObject({ basis: 'history', deadlineMs: 12_000 });
    expect(info.sentence).toMatch(/^Deadline 12 s: .* Raised to 12 s: runs that did not end/);
    expect(classInfo({ ...facts, rings }).deadlineMs).toBe(2_000);
  });

  test('gives the share of healthy jobs that were killed first (F63)', () => {
    const info = classInfo({
      ...facts,
      rings: new Map(),
      counters: { succeeded: 50, falseKills: 1, killed: 3, failed: 2 },
    });
    expect(info).toMatchObject({ succeeded: 50, failed: 2, killed: 3, falseKills: 1, falseKillRate: 0.02 });
  });

  test('without readable history shows the static limit (F19)', () => {
    expect(classInfo({ ...facts, rings: null })).toMatchObject({ samples: 0, deadlineMs: 600_000, level: null });
  });
});

test.each([
  { kind: 'command', input: { argv: ['git', 'status'] } },
  { kind: 'command', input: { argv: ['node', '-e', '1'] }, label: 'nightly/report' },
  { kind: 'chat', input: { model: 'gpt-4o' }, label: 'summary' },
  { kind: 'custom', input: null },
  { kind: 'custom', input: null, label: 'x' },
])('reads a class back from its name: $kind $label', (job) => {
  const asked = classify(job);
  expect(classFromName(asked.name)).toEqual(asked);
  expect(classRingKeys('acme', asked.name)).toContain(ringKey('total', 'acme', asked.name));
});
