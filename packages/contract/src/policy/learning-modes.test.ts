import { describe, expect, it } from 'vitest';
import { parsePolicy } from './policy.js';

describe('the modes of learned deadlines', () => {
  it('are on for every class unless the policy says otherwise (F61)', () => {
    const { estimator } = parsePolicy();
    expect(estimator.classes).toEqual({});
    expect(estimator.shadow).toBeUndefined();
  });

  it('take a candidate that names only what it changes, and leave the rest to the active policy (F53)', () => {
    expect(parsePolicy({ estimator: { shadow: { margin: 3 } } }).estimator.shadow).toEqual({
      name: 'candidate',
      margin: 3,
    });
  });

  it.each([
    [{ classes: { 'command/git': 'canary' } }, /"off"\|"shadow"\|"on"/],
    [{ shadow: { margn: 3 } }, /margn/],
    [{ shadow: { margin: 0.5 } }, /margin/],
    [{ shadow: { window: 500 } }, /window/],
    [{ shadow: { name: 'learned' } }, /name of the active policy/],
    [{ shadow: { minBorrow: 100 } }, /minBorrow of estimator.shadow \(100\)/],
    [
      { falseKillMinResults: 80, falseKillWindow: 50 },
      /falseKillMinResults \(80\) has to be less than estimator.falseKillWindow/,
    ],
  ])('refuse %j (F16)', (estimator, problem) => {
    expect(() => parsePolicy({ estimator })).toThrow(problem);
  });
});
