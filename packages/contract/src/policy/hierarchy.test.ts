import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_CALLS, type CallRules } from './call-rules.js';
import { ENVIRONMENTS } from './environments.js';
import { hierarchyProblems } from './hierarchy.js';
import { parsePolicy, type Policy } from './policy.js';
import { LAYER_SHARES, limitsFor, type TierLimits } from './tier-limits.js';
import { UNCAPPED } from './tiers.js';

const CLASSIC = { callMs: 30_000, stepMs: 45_000, attemptMs: 60_000, overallMs: 60_000, clientWaitMs: 67_500 };
const RUNS = 400;
const once = (pauseMs: number): CallRules => ({ callMs: null, pausesMs: [pauseMs] });

function problems(tier: object, calls: CallRules = PLAIN_CALLS): string[] {
  const policy = parsePolicy();
  const tiers = { ...policy.tiers, classic: { ...UNCAPPED, ...tier } };
  return hierarchyProblems({ ...policy, tiers }, [['house', calls]]);
}

describe('30 -> 45 -> 60 -> 67.5 s', () => {
  test('nests without retries (F124)', () => {
    expect(problems(CLASSIC)).toEqual([]);
  });

  test('does not nest with one retry, and the message has its time (F124)', () => {
    expect(problems(CLASSIC, once(1_000))).toEqual([
      "  tiers.classic, calls to house: call (30 s x (1 + 1) + 1 s back-off = 61 s) has to be less than step (45 s): call 30 s x (1 + 1) + 1 s back-off = 61 s -> step 45 s -> attempt 60 s -> overall 60 s -> client's wait 67.5 s",
      "  tiers.classic, calls to house, with streaming: call (30 s x (1 + 1) + 1 s back-off = 61 s) has to be less than step (45 s): call 30 s x (1 + 1) + 1 s back-off = 61 s -> step 45 s -> attempt 60 s -> overall 60 s -> client's wait 67.5 s",
    ]);
  });

  test('nests with one retry of a short call (F124)', () => {
    expect(problems({ ...CLASSIC, callMs: 21_999 }, once(1_000))).toEqual([]);
    expect(problems({ ...CLASSIC, callMs: 22_000 }, once(1_000))).toHaveLength(2);
  });
});

test.each([
  ['a call that is its step', { callMs: 45_000 }, 'call (45 s) has to be less than step (45 s)'],
  ['a step that is its attempt', { stepMs: 60_000 }, 'step (60 s) has to be less than attempt (60 s)'],
  ['an overall limit below the attempt', { overallMs: 59_999 }, 'attempt (60 s) has to be at most overall (59.999 s)'],
  [
    "an overall limit that is the client's wait",
    { overallMs: 67_500 },
    "overall (67.5 s) has to be less than client's wait (67.5 s)",
  ],
  [
    'a streaming attempt that is too long',
    { streamingMs: 61_000 },
    'with streaming: attempt (61 s) has to be at most overall (60 s)',
  ],
  ['a phase longer than the attempt', { phaseMs: 60_001 }, 'phase (60.001 s) has to be at most attempt (60 s)'],
  [
    "a client's wait that no message comes within",
    { ...CLASSIC, clientWaitMs: 8_000, attemptMs: 4_000, overallMs: 4_000, stepMs: 3_000, callMs: 2_000 },
    "supervision.progressEveryMs (8 s) has to be less than client's wait (8 s)",
  ],
])('refuses %s (F124)', (_, change, message) => {
  const found = problems({ ...CLASSIC, ...change });
  expect(found.join('\n')).toContain(message);
  expect(found.every((line) => line.startsWith('  tiers.classic'))).toBe(true);
});

test('an overall limit equal to the attempt is valid, and so are layers without a limit', () => {
  expect(problems({ attemptMs: 60_000, overallMs: 60_000 })).toEqual([]);
  expect(problems({ callMs: 30_000, attemptMs: 60_000 })).toEqual([]);
  expect(problems({ callMs: 60_000, stepMs: null, attemptMs: null, overallMs: 50_000 }).join()).toContain(
    'call (60 s) has to be less than overall (50 s)',
  );
});

test('the problem names the environments and the numbers there (F125)', () => {
  expect(() => parsePolicy({ environments: { staging: { free: 0.5 } } })).toThrow(
    "  tiers.free in staging: supervision.progressEveryMs (8 s) has to be less than client's wait (5 s)",
  );
  expect(() => parsePolicy({ environments: { testing: { mid: { attemptMs: 95_000 } } } })).toThrow(
    "  tiers.mid in testing: overall (95 s) has to be less than client's wait (90 s)",
  );
});

test('an overlay of an unknown tier is refused, but not that of a tier that the file removes', () => {
  expect(() => parsePolicy({ environments: { staging: { gold: 2 } } })).toThrow(
    'environments.staging.gold: no tier "gold"; known are free, early',
  );
  expect(parsePolicy({ tiers: { platform: null, enterprise: null } }).tiers).not.toHaveProperty('platform');
});

describe('a random policy', { timeout: 60_000 }, () => {
  const times = (from: number, to: number) =>
    fc.option(fc.double({ min: from, max: to, noNaN: true }), { nil: null, freq: 1 });
  const ms = (base: number, by: number | null) => (by === null ? null : Math.max(1, Math.round(base * by)));
  /** Each limit is near the one that it has to fit into, so that some policies nest and some do not. */
  const tier = fc
    .record({
      attempt: fc.integer({ min: 10_000, max: 300_000 }),
      streaming: times(0.9, 1.3),
      overall: times(0.98, 1.5),
      wait: times(1.2, 3),
      step: times(0.3, 1.1),
      call: times(0.1, 0.5),
      phase: times(0.1, 1.1),
      retries: fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }),
    })
    .map(({ attempt, streaming, overall, wait, step, call, phase, retries }) => ({
      attemptMs: attempt,
      streamingMs: ms(attempt, streaming),
      overallMs: ms(attempt, overall),
      clientWaitMs: ms(attempt, wait),
      stepMs: ms(attempt, step),
      callMs: ms(attempt, call),
      phaseMs: ms(attempt, phase),
      retries,
    }));
  const overlay = fc.dictionary(
    fc.constantFrom('own', '*'),
    fc.oneof(fc.double({ min: 0.5, max: 5, noNaN: true }), tier),
    { maxKeys: 1 },
  );
  const file = fc.record({
    tiers: fc.record({ mid: tier, own: tier }, { requiredKeys: ['own'] }),
    environments: fc.record({ local: overlay, testing: overlay, production: overlay }, { requiredKeys: [] }),
    supervision: fc.record({ progressEveryMs: fc.integer({ min: 500, max: 10_200 }) }),
    limits: fc.record({
      maxAttemptMs: fc.integer({ min: 1_000, max: 500_000 }),
      maxOverallMs: fc.integer({ min: 1_000, max: 500_000 }),
    }),
  });
  const shares = fc.record({
    stepShare: fc.double({ min: 0.5, max: 0.99, noNaN: true }),
    callShare: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    overallShare: fc.double({ min: 0, max: 0.99, noNaN: true }),
  });
  const pauses = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 3 });

  test('is accepted exactly if its limits nest in every tier, environment and column (F124)', () => {
    let accepted = 0;
    fc.assert(
      fc.property(file, shares, pauses, (input, share, pausesMs) => {
        const layers = { ...LAYER_SHARES, ...share };
        const calls = { callMs: null, pausesMs };
        const policy = unchecked(input);
        const all = Object.keys(policy.tiers).flatMap((name) =>
          ENVIRONMENTS.flatMap((environment) =>
            [false, true].map((stream) => limitsFor({ policy, tier: name, environment, stream, calls, layers })),
          ),
        );
        const fits = all.every((limits) => nests(limits, policy.supervision.progressEveryMs));
        expect(hierarchyProblems(policy, [['house', calls]], layers).length === 0).toBe(fits);
        if (fits) accepted += 1;
      }),
      { numRuns: RUNS },
    );
    // Some of both, or the property shows nothing.
    expect(accepted / RUNS).toBeGreaterThan(0.05);
    expect(accepted / RUNS).toBeLessThan(0.8);
  });

  test('that parsePolicy accepts also nests without a provider (F124)', () => {
    fc.assert(
      fc.property(file, (input) => {
        let policy: Policy;
        try {
          policy = parsePolicy(input);
        } catch {
          return;
        }
        for (const name of Object.keys(policy.tiers))
          for (const environment of ENVIRONMENTS)
            for (const stream of [false, true])
              expect(
                nests(limitsFor({ policy, tier: name, environment, stream }), policy.supervision.progressEveryMs),
              ).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});

/** The file as a policy, without the check for contradictions. */
function unchecked(input: { tiers: object; environments: object; supervision: object; limits: object }) {
  const base = parsePolicy();
  const tiers = Object.fromEntries(
    Object.entries(input.tiers).map(([name, change]) => [
      name,
      { ...(base.tiers[name] ?? UNCAPPED), ...(change as object) },
    ]),
  );
  return {
    ...base,
    tiers: { ...base.tiers, ...tiers },
    environments: { ...base.environments, ...input.environments },
    supervision: { ...base.supervision, ...input.supervision },
    limits: { ...base.limits, ...input.limits },
  } as Policy;
}

/** The rule, written a second time as plainly as possible. */
function nests(limits: TierLimits, progressEveryMs: number): boolean {
  const { callMs, retries, backoffMs, stepMs, attemptMs, overallMs, clientWaitMs, phaseMs } = limits;
  const call = callMs === null ? null : callMs * (1 + retries) + backoffMs;
  const less = (a: number | null, b: number | null) => a === null || b === null || a < b;
  const most = (a: number | null, b: number | null) => a === null || b === null || a <= b;
  return (
    (callMs === null || callMs >= 1) &&
    less(call, stepMs) &&
    less(call, attemptMs) &&
    less(call, overallMs) &&
    less(call, clientWaitMs) &&
    less(stepMs, attemptMs) &&
    less(stepMs, overallMs) &&
    less(stepMs, clientWaitMs) &&
    most(attemptMs, overallMs) &&
    less(attemptMs, clientWaitMs) &&
    less(overallMs, clientWaitMs) &&
    most(phaseMs, attemptMs) &&
    less(progressEveryMs, clientWaitMs)
  );
}
