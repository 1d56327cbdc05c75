import { describe, expect, it } from 'vitest';
import { classMode } from './class-mode.js';
import { decide } from './decide.js';
import { decideInMode } from './decide-in-mode.js';
import type { Sample } from '../history/sample.js';
import { policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const PRIOR_MS = 600_000;
const usual = Array.from({ length: 40 }, () => sample(5_000));
const wrong = (count: number) => Array.from({ length: count }, () => sample(15_000, { deadlineMs: 10_000 }));

describe('the mode of a class', () => {
  it('is that of the longest beginning that the policy lists (F61)', () => {
    const policy = policyOf({
      classes: { '*': 'shadow', command: 'off', 'command/git': 'shadow', 'command/git/status': 'on' },
    });
    expect(
      ['command/git/status/@nightly', 'command/git/log', 'command/gitk', 'chat/gpt-4o'].map((name) =>
        classMode(policy, name),
      ),
    ).toEqual(['on', 'shadow', 'off', 'shadow']);
    expect(classMode(policyOf(), 'constructor')).toBe('on');
  });

  it('on: the learned deadline applies, without shadows (F53)', () => {
    const policy = policyOf();
    const asked = request(new StoredHistory(policy).add(usual), policy);
    expect(decideInMode(asked)).toEqual(decide(asked));
  });

  it('off: static limits apply with the reason; an explicit limit still wins (F61)', () => {
    const policy = policyOf({ classes: { 'command/git': 'off' } });
    const history = new StoredHistory(policy).add(usual);
    const decision = decideInMode(request(history, policy));
    expect(decision).toMatchObject({ deadlineMs: PRIOR_MS, basis: 'static', samples: 0 });
    expect(decision).not.toHaveProperty('shadows');
    expect(decision.sentence).toBe(
      'Deadline 10 min: the policy keeps learned deadlines off for command/git/status, so the fixed limit of the policy applies.',
    );
    expect(decideInMode(request(history, policy, { timeoutMs: 7_000 }))).toMatchObject({
      deadlineMs: 7_000,
      basis: 'explicit',
      override: 'timeoutMs of the submission',
    });
  });

  it('shadow: static limits apply, and the decision has the learned deadline and figures beside them (F53)', () => {
    const policy = policyOf({ classes: { 'command/git': 'shadow' } });
    const history = new StoredHistory(policy).add(usual);
    expect(decideInMode(request(history, policy))).toMatchObject({
      deadlineMs: PRIOR_MS,
      basis: 'static',
      expectedMs: 5_000,
      samples: 40,
      margin: null,
      shadows: [{ name: 'learned', deadlineMs: 10_000 }],
    });
    // Observations are the same as under the learned deadline.
    expect(decideInMode(request(history, policy)).baseMs).toBe(decide(request(history, policy)).baseMs);
    expect(decideInMode(request(history, policy, { timeoutMs: 7_000 }))).not.toHaveProperty('shadows');
    expect(decideInMode(request(null, policy)).sentence).toContain('history could not be read');
  });

  it('a candidate policy is decided in every mode, without any effect (F53)', () => {
    const active = policyOf();
    const policy = policyOf({ shadow: { name: 'wide', margin: 3 } });
    const history = new StoredHistory(policy).add(usual);
    const { shadows, ...acting } = decideInMode(request(history, policy));
    expect(shadows).toEqual([{ name: 'wide', deadlineMs: 15_000 }]);
    expect(acting).toEqual(decide(request(history, active)));
    const both = policyOf({ classes: { '*': 'shadow' }, shadow: { name: 'wide', margin: 3 } });
    // An explicit limit is the same under every policy.
    expect(decideInMode(request(history, both, { timeoutMs: 7_000 }))).not.toHaveProperty('shadows');
    expect(decideInMode(request(history, both)).shadows?.map(({ name }) => name)).toEqual(['learned', 'wide']);
  });
});

describe('the alarm of false kills', () => {
  it('replaces deadlines that were wrong too often by static limits, and names the figures (F61, F63)', () => {
    const policy = policyOf();
    const history = new StoredHistory(policy).add([...usual, ...wrong(6)]);
    const decision = decideInMode(request(history, policy));
    expect(decision).toMatchObject({ basis: 'static', deadlineMs: PRIOR_MS, samples: 46 });
    expect(decision.shadows).toEqual([{ name: 'learned', deadlineMs: decide(request(history, policy)).deadlineMs }]);
    expect(decision.sentence).toContain(
      '6 of the last 46 runs of command/git/status were ended although they were healthy, more than the 10 % that the policy allows',
    );
  });

  it('is off at the allowed share and below the least number of results (F61)', () => {
    const policy = policyOf();
    const basis = (...samples: Sample[]) => decideInMode(request(new StoredHistory(policy).add(samples), policy)).basis;
    expect(basis(...usual, ...usual.slice(0, 32), ...wrong(8))).toBe('history');
    expect(basis(...usual, ...usual.slice(0, 32), ...wrong(9))).toBe('static');
    expect(basis(...usual.slice(0, 20), ...wrong(9))).toBe('history');
    expect(basis(...usual.slice(0, 21), ...wrong(9))).toBe('static');
  });

  it('counts the newest results only (F61)', () => {
    const policy = policyOf();
    const basis = (...samples: Sample[]) => decideInMode(request(new StoredHistory(policy).add(samples), policy)).basis;
    const older = [...usual, ...usual, ...usual];
    expect(basis(...older, ...wrong(11))).toBe('static');
    expect(basis(...wrong(11), ...older)).toBe('history');
  });

  it('ends by itself when newer results have replaced the wrong kills (F61)', () => {
    const policy = policyOf();
    const history = new StoredHistory(policy).add([...usual, ...wrong(12)]);
    const bases = Array.from({ length: 100 }, () => {
      history.add([sample(5_000, { deadlineMs: PRIOR_MS })]);
      return decideInMode(request(history, policy)).basis;
    });
    expect(bases[0]).toBe('static');
    expect(bases.at(-1)).toBe('history');
    expect(bases.lastIndexOf('static')).toBe(bases.indexOf('history') - 1);
  });

  it('does not replace a learned deadline by a shorter static limit', () => {
    const policy = policyOf({}, { kinds: { command: { priorMs: 20_000 } } });
    const slow = Array.from({ length: 40 }, () => sample(30_000, { deadlineMs: 20_000 }));
    const asked = request(new StoredHistory(policy).add(slow), policy);
    expect(decideInMode(asked)).toEqual(decide(asked));
  });

  it('extends an attempt that was running when the alarm began, at its deadline', () => {
    const policy = policyOf();
    const before = decideInMode(request(new StoredHistory(policy).add(usual), policy));
    const again = decideInMode(
      request(new StoredHistory(policy).add([...usual, ...wrong(6)]), policy, { elapsedMs: before.deadlineMs }),
    );
    expect(again.deadlineMs).toBeGreaterThan(before.deadlineMs);
  });
});
