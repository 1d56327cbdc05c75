import { describe, expect, it } from 'vitest';
import { planNemesis } from './chaos/nemesis-plan.js';
import { planWorkload } from './chaos/workload-plan.js';

const NEMESIS = { seconds: 120, workers: 3 };
const WORKLOAD = { seconds: 120, jobsPerSecond: 4 };

describe('the plan of an attack', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(planNemesis({ seed: 7, ...NEMESIS })).toEqual(planNemesis({ seed: 7, ...NEMESIS }));
    expect(planWorkload({ seed: 7, ...WORKLOAD })).toEqual(planWorkload({ seed: 7, ...WORKLOAD }));
    expect(planNemesis({ seed: 8, ...NEMESIS })).not.toEqual(planNemesis({ seed: 7, ...NEMESIS }));
    expect(planWorkload({ seed: 8, ...WORKLOAD })).not.toEqual(planWorkload({ seed: 7, ...WORKLOAD }));
  });

  it('has every kind of attack within two minutes, on every worker', () => {
    const plan = planNemesis({ seed: 1, ...NEMESIS });
    expect(new Set(plan.map(({ kind }) => kind)).size).toBe(8);
    expect(new Set(plan.flatMap((attack) => ('slot' in attack ? [attack.slot] : []))).size).toBe(3);
    expect(new Set(plan.flatMap((attack) => (attack.kind === 'cut_worker' ? [attack.how] : []))).size).toBe(3);
  });

  it('has work of every behaviour', () => {
    expect(new Set(planWorkload({ seed: 1, ...WORKLOAD }).map(({ behaviour }) => behaviour)).size).toBe(12);
  });
});
