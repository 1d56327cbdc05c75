import type { ClassInfo } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { classesSection } from './classes-section.js';

const trusted: ClassInfo = {
  class: 'command/git/status',
  tenant: 'acme',
  level: 'command/git/status',
  basis: 'history',
  samples: 46,
  censored: 0,
  p50Ms: 5_000,
  p95Ms: 6_000,
  deadlineMs: 12_000,
  sentence: 'Deadline 12 s: 2 times 6 s.',
  loadFactor: 1,
  succeeded: 46,
  failed: 0,
  killed: 0,
  falseKills: 0,
  falseKillRate: 0,
  mode: 'on',
  recentFalseKillRate: 0,
  falseKillAlarm: false,
  override: null,
  shadows: [],
  running: 0,
  lastAt: null,
  recentMs: [],
  deadlines: [],
};
const learned = {
  name: 'learned',
  deadlineMs: 12_000,
  judged: 0,
  falseKills: 0,
  falseKillRate: null,
  actingFalseKills: 0,
  hung: 0,
  hangDetection: null,
};
const shown = (changes: Partial<ClassInfo>) => classesSection([{ ...trusted, ...changes }]).text;

describe('the deadline of a class', () => {
  it('has its reason as a tooltip (F7)', () => {
    expect(shown({})).toContain('title="Deadline 12 s: 2 times 6 s."');
  });

  it('is marked static where history could not be read, and prior where there are too few runs (F10, F19)', () => {
    expect(shown({ basis: 'static', level: null })).toContain('History could not be read');
    expect(shown({ basis: 'prior', level: 'command/git' })).toContain('prior</span>');
  });

  it('is marked learned where it comes from runs of the class', () => {
    expect(shown({})).toContain('learned</span>');
    expect(shown({})).not.toContain('static');
  });

  it('has a warning with its figures while too many runs were ended wrongly (F61)', () => {
    const why = '6 of the last 46 runs were ended although they were healthy';
    const text = shown({ falseKillAlarm: true, override: why, deadlineMs: 600_000, shadows: [learned] });
    expect(text).toContain('static: wrong kills');
    expect(text).toContain(`title="${why}"`);
    expect(text).toContain('learned: 12 s');
  });

  it('has no warning where the learned deadline is longer than the static one anyway', () => {
    expect(shown({ falseKillAlarm: true })).not.toContain('static');
  });

  it('is marked where the policy lets learned deadlines run only in shadow, or not at all (F53, F61)', () => {
    expect(shown({ mode: 'shadow', override: 'why', shadows: [learned] })).toMatch(/static, in shadow.*learned: 12 s/s);
    expect(shown({ mode: 'off', override: 'why', level: null })).toMatch(/badge quiet" title="why".*static/s);
  });
});

describe('the runs of a class', () => {
  it('are shown apart from runs with labels that it also learned from', () => {
    expect(shown({ samples: 129, succeeded: 0, failed: 1 })).toContain('129<span class="muted">1 of its own</span>');
    expect(shown({ samples: 46, succeeded: 46 })).toContain('46</td>');
  });
});
