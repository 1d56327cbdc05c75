import { describe, expect, it } from 'vitest';
import { stepBudget, tooLittleFor } from './step-budget.js';

const RULES = { minStepMs: 10_000 };
const LEAST_MS = 5_000;
const FIRST = { ofRest: 0.3, behind: 2 };

describe('the budget of a step', () => {
  it('is its share of the time left, so that saved time goes to later steps and counts once (F102)', () => {
    const critical = { ofRest: 0.4 / 0.7, behind: 1 };
    const last = { ofRest: 1, behind: 0 };
    const part = (leftMs: number, share: typeof FIRST) => Math.round(stepBudget(leftMs, share, RULES).allocationMs);
    expect([part(100_000, FIRST), part(70_000, critical), part(30_000, last)]).toEqual([30_000, 40_000, 30_000]);
    // The first step ended after 9 s instead of 30.
    expect(part(91_000, critical)).toBe(52_000);
    expect(part(91_000 - 52_000, last)).toBe(39_000);
  });

  it('is at least ten seconds, but never more than the time left (F103, F105)', () => {
    expect(stepBudget(20_000, FIRST, RULES)).toEqual({ allocationMs: 10_000, mostMs: 10_000 });
    expect(stepBudget(7_000, FIRST, RULES)).toEqual({ allocationMs: 7_000, mostMs: 7_000 });
    expect(stepBudget(-5, FIRST, RULES)).toEqual({ allocationMs: 0, mostMs: 0 });
  });

  it('may be exceeded as long as the steps behind keep their minimum', () => {
    expect(stepBudget(100_000, FIRST, RULES)).toEqual({ allocationMs: 30_000, mostMs: 60_000 });
    expect(stepBudget(60_000, FIRST, RULES)).toEqual({ allocationMs: 18_000, mostMs: 36_000 });
    expect(stepBudget(45_000, FIRST, RULES)).toEqual({ allocationMs: 13_500, mostMs: 25_000 });
  });
});

describe('the start of a step', () => {
  it('needs five seconds left (F103)', () => {
    expect(tooLittleFor(4_999, null, LEAST_MS)).toBe(5_000);
    expect(tooLittleFor(5_000, null, LEAST_MS)).toBeNull();
  });

  it('needs the p95 of such steps left (SCENARIOS F3)', () => {
    expect(tooLittleFor(20_000, 20_001, LEAST_MS)).toBe(20_001);
    expect(tooLittleFor(20_000, 20_000, LEAST_MS)).toBeNull();
  });
});
