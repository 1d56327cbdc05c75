import { describe, expect, it } from 'vitest';
import { parsePolicy } from './policy.js';

describe('the modes of learned deadlines', () => {
  it('are on for every class by default (F61)', () => {
    const { estimator } = parsePolicy();
    expect(estimator.classes).toEqual({});
    expect(estimator.shadow).toBeUndefined();
  });

  it('accept a candidate with some settings, and take the others from the active policy (F53)', () => {
    expect(parsePolicy({ estimator: { shadow: { margin: 3 } } }).estimator.shadow).toEqual({
      name: 'candidate',
      margin: 3,
    });
  });

  it.each([
    [{ classes: { 'command/git': 'canary' } }, /expected one of "off", "shadow", "on"/],
    [{ shadow: { margn: 3 } }, /margn/],
    [{ shadow: { margin: 0.5 } }, /margin/],
    [{ shadow: { historyTtlMs: 7_200_000 } }, /historyTtlMs/],
    [{ shadow: { name: 'learned' } }, /name of the active policy/],
  ])('refuse %j (F16)', (estimator, problem) => {
    expect(() => parsePolicy({ estimator })).toThrow(problem);
  });
});
