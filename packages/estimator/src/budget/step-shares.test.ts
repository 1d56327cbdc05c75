import { describe, expect, it } from 'vitest';
import { expectedPathMs, type SharedStep, stepShares } from './step-shares.js';

const chain = (...steps: Omit<SharedStep, 'name' | 'needs'>[]): SharedStep[] =>
  steps.map((step, i) => ({ name: `s${i}`, needs: i === 0 ? [] : [`s${i - 1}`], ...step }));
const shares = (steps: SharedStep[], criticalShare = 0.4) =>
  stepShares(steps, criticalShare).map(({ share }) => Number(share.toFixed(4)));

describe('the shares of a chain (F100, F101)', () => {
  it('gives a single step everything, critical or not', () => {
    expect(shares(chain({}))).toEqual([1]);
    expect(shares(chain({ critical: true }))).toEqual([1]);
  });

  it('is equal for all steps without other information', () => {
    expect(shares(chain({}, {}, {}, {}))).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('gives a critical step its share, and the others equal parts of the rest', () => {
    expect(shares(chain({}, { critical: true }, {}))).toEqual([0.3, 0.4, 0.3]);
    expect(shares(chain({}, { critical: true }, {}), 0.45)).toEqual([0.275, 0.45, 0.275]);
    expect(shares(chain({}, {}, {}, {}, {}, { critical: true }), 0.35)).toEqual([0.13, 0.13, 0.13, 0.13, 0.13, 0.35]);
  });

  it('splits the rest by weights, and the critical share over several critical steps', () => {
    expect(shares(chain({ weight: 1 }, { critical: true }, { weight: 3 }))).toEqual([0.15, 0.4, 0.45]);
    expect(shares(chain({ critical: true }, {}, { critical: true }))).toEqual([0.2, 0.6, 0.2]);
    expect(shares(chain({ critical: true }, { critical: true }))).toEqual([0.5, 0.5]);
  });

  it('follows the usual durations of the steps where the submission has no weights', () => {
    expect(shares(chain({ expectedMs: 1_000 }, { expectedMs: 3_000 }))).toEqual([0.25, 0.75]);
    expect(shares(chain({ expectedMs: 1_000 }, { expectedMs: 3_000 }, { expectedMs: null }))).toEqual([
      0.1667, 0.5, 0.3333,
    ]);
    expect(shares(chain({ expectedMs: 1_000, weight: 1 }, { expectedMs: 3_000 }))).toEqual([0.5, 0.5]);
  });
});

describe('the shares of parallel steps (F99, F109)', () => {
  const diamond: SharedStep[] = [
    { name: 'a' },
    { name: 'b', needs: ['a'] },
    { name: 'c', needs: ['a'] },
    { name: 'd', needs: ['b', 'c'], critical: true },
  ];

  it('cover the same seconds', () => {
    expect(shares(diamond)).toEqual([0.3, 0.3, 0.3, 0.4]);
    expect(stepShares(diamond, 0.4).map(({ behind }) => behind)).toEqual([2, 1, 1, 0]);
    expect(stepShares(diamond, 0.4).map(({ ofRest }) => Number(ofRest.toFixed(4)))).toEqual([0.3, 0.4286, 0.4286, 1]);
    expect(shares([{ name: 'a' }, { name: 'b' }, { name: 'c' }])).toEqual([1, 1, 1]);
  });

  it('spread the time of the heavy path over a light one beside it', () => {
    const steps: SharedStep[] = [
      { name: 'long1' },
      { name: 'long2', needs: ['long1'] },
      { name: 'short' },
      { name: 'join', needs: ['long2', 'short'] },
    ];
    expect(shares(steps)).toEqual([0.3333, 0.3333, 0.3333, 0.3333]);
    expect(stepShares(steps, 0.4).map(({ ofRest }) => Number(ofRest.toFixed(4)))).toEqual([0.3333, 0.5, 0.5, 1]);
  });
});

it('the expected duration of a workflow is that of its slowest path', () => {
  const steps: SharedStep[] = [
    { name: 'a', expectedMs: 100 },
    { name: 'b', needs: ['a'], expectedMs: 500 },
    { name: 'c', needs: ['a'], expectedMs: 50 },
  ];
  expect(expectedPathMs(steps)).toBe(600);
  expect(expectedPathMs([...steps, { name: 'd' }])).toBeNull();
});

it('steps that need each other are refused', () => {
  expect(() =>
    stepShares(
      [
        { name: 'a', needs: ['b'] },
        { name: 'b', needs: ['a'] },
      ],
      0.4,
    ),
  ).toThrow('circle');
});
