import { kindPolicy, type Decision, type Policy } from '@leeway/contract';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';
import { ringKeys } from '../history/ring-key.js';
import { encodeSample, type Sample } from '../history/sample.js';
import { anySamples, exactSamples, mixedSamples } from '../../testing/arbitraries.js';
import {
  deadlineMs,
  GIT_STATUS,
  NOW_MS,
  policyOf,
  request,
  StoredHistory,
  TENANT,
} from '../../testing/written-history.js';

/** Many random histories take a while on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 86_400_000;
const WIDE = { kinds: { command: { priorMs: 600_000, maxMs: DAY_MS } } };
/** No floor or cap changes the figures. */
const bare = (estimator: Record<string, unknown> = {}): Policy =>
  policyOf({ floorMs: 0, coldFloorMs: 0, ...estimator }, WIDE);
const under = (policy: Policy, samples: readonly Sample[], more: Partial<DecisionRequest> = {}) =>
  deadlineMs(new StoredHistory(policy).add(samples), policy, more);
const ratio = fc.double({ min: 0.05, max: 20, noNaN: true });

describe('the deadline', () => {
  it('does not fall when the margin rises (F44)', () => {
    const margins = fc.tuple(fc.double({ min: 1, max: 20, noNaN: true }), fc.double({ min: 1, max: 20, noNaN: true }));
    fc.assert(
      fc.property(mixedSamples(5), margins, (samples, both) => {
        const [low, high] = both.sort((a, b) => a - b).map((margin) => under(bare({ margin }), samples)) as [
          number,
          number,
        ];
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('does not fall when the quantile rises (F43)', () => {
    const quantiles = fc.tuple(
      fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      fc.double({ min: 0.5, max: 0.99, noNaN: true }),
    );
    fc.assert(
      fc.property(exactSamples(5), quantiles, (samples, both) => {
        const [low, high] = both
          .sort((a, b) => a - b)
          .map((quantile) => under(bare(), samples, { tuning: { quantile } })) as [number, number];
        expect(low).toBeLessThanOrEqual(high * (1 + 1e-6));
      }),
    );
  });

  it('of work that takes c times as long is c times as long, apart from floors and caps (F53)', () => {
    fc.assert(
      fc.property(mixedSamples(5), ratio, (samples, c) => {
        fc.pre(samples.filter(({ kind }) => kind === 'exact').length >= 5);
        const policy = bare();
        const longer = samples.map((sample) => ({ ...sample, valueMs: c * sample.valueMs }));
        expect(under(policy, longer) / (c * under(policy, samples))).toBeCloseTo(1, 2);
      }),
    );
  });

  it('does not depend on the order of healthy results (F40)', () => {
    const shuffled = exactSamples(5).chain((samples) =>
      fc.tuple(fc.constant(samples), fc.shuffledSubarray(samples, { minLength: samples.length })),
    );
    fc.assert(
      fc.property(shuffled, ([samples, reordered]) => {
        expect(under(bare(), reordered)).toBe(under(bare(), samples));
      }),
    );
  });

  it('is the same on every worker that reads the same rings (F52, E14)', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const [one, other] = [policyOf(), policyOf()].map((policy) =>
          decide(request(new StoredHistory(policy).add(samples), policy)),
        );
        expect(one).toEqual(other);
      }),
    );
  });
});

describe('every decision', () => {
  const anyNumber = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -1, 1e308, -1e308, 5e-324),
  );
  const limit = fc.option(fc.oneof(anyNumber, fc.double({ min: 1, max: 1e7, noNaN: true })), { nil: undefined });
  const positive = fc.option(fc.double({ min: 1, max: DAY_MS, noNaN: true }), { nil: undefined });
  const anyRequest: fc.Arbitrary<Partial<DecisionRequest>> = fc.record({
    nowMs: fc.oneof(fc.constant(NOW_MS), anyNumber),
    attempt: fc.integer({ min: 1, max: 5 }),
    previousDeadlineMs: positive,
    timeoutMs: fc.oneof(positive, fc.constant('none' as const)),
    limits: fc.record({ firstOutputMs: positive, idleMs: positive, toolMs: positive }),
    capsMs: fc.record({ tier: limit, overall: limit, completeBy: limit }),
  }) as fc.Arbitrary<Partial<DecisionRequest>>;
  const startTimes = fc
    .array(
      fc.oneof(fc.integer({ min: NOW_MS - DAY_MS, max: NOW_MS }), fc.constantFrom(0, -1e15, NOW_MS + DAY_MS, 8.64e15)),
      { maxLength: 40 },
    )
    .map((times) => times.sort((a, b) => a - b));
  const decided = (
    samples: readonly Sample[],
    more: Partial<DecisionRequest>,
    starts: readonly number[] = [],
  ): Decision => {
    const policy = policyOf({}, WIDE);
    const history = new StoredHistory(policy);
    // The same samples in every ring: durations, silences, margins and load.
    for (const key of ringKeys(TENANT, GIT_STATUS))
      for (const [i, sample] of samples.entries()) history.push(key, encodeSample({ ...sample, from: `w${i % 3}` }));
    history.running.set(GIT_STATUS.name, starts);
    return decide(request(history, policy, more));
  };

  it('has finite figures that are not negative, for any clocks and history (G7, F19)', () => {
    fc.assert(
      fc.property(anySamples, anyRequest, startTimes, (samples, more, starts) => {
        const decision = decided(samples, more, starts);
        for (const [name, value] of Object.entries(decision))
          if (typeof value === 'number') expect([name, Number.isFinite(value) && value >= 0]).toEqual([name, true]);
        for (const cap of decision.caps) expect(Number.isFinite(cap.limitMs)).toBe(true);
        expect(decision.confidence).toBeLessThanOrEqual(1);
        expect(decision.sentence).not.toMatch(/NaN|Infinity|undefined|null/);
      }),
    );
  });

  it('has an expected duration up to the late one, and a hard cap at or above its deadline (E12)', () => {
    fc.assert(
      fc.property(anySamples, anyRequest, (samples, more) => {
        const { expectedMs, lateMs, deadlineMs: limitMs, hardCapMs } = decided(samples, more);
        if (expectedMs !== null && lateMs !== null) expect(expectedMs).toBeLessThanOrEqual(lateMs);
        expect(hardCapMs).toBeGreaterThanOrEqual(limitMs);
      }),
    );
  });

  it('is at most every cap, and at least the floor of its basis where the caps allow it (F1, F46)', () => {
    fc.assert(
      fc.property(anySamples, anyRequest, startTimes, (samples, more, starts) => {
        const { basis, deadlineMs: limitMs } = decided(samples, more, starts);
        const policy = policyOf({}, WIDE);
        const { tier, overall, completeBy } = more.capsMs ?? {};
        const ceilingMs = Math.min(
          ...[basis === 'no_timeout' ? undefined : tier, overall, completeBy]
            .flatMap((cap) => cap ?? [])
            .map((cap) => Math.max(1, cap)),
          basis === 'no_timeout' ? Infinity : kindPolicy(policy, 'command').maxMs,
          policy.limits.maxAttemptMs,
        );
        // Shown in whole milliseconds from a second on.
        expect(limitMs).toBeLessThanOrEqual(ceilingMs + 0.5);
        const floorMs = {
          history: policy.estimator.floorMs,
          borrowed: policy.estimator.coldFloorMs,
          prior: kindPolicy(policy, 'command').priorMs,
          static: 0,
          explicit: 0,
          no_timeout: Infinity,
        }[basis];
        expect(limitMs).toBeGreaterThanOrEqual(Math.min(floorMs, Math.floor(ceilingMs)));
      }),
    );
  });

  it('has the timeout of the submission as its deadline, up to the caps (F2)', () => {
    fc.assert(
      fc.property(
        anySamples,
        fc.integer({ min: 1, max: 5_000_000 }),
        fc.integer({ min: 1, max: 5_000_000 }),
        (samples, timeoutMs, tier) => {
          expect(decided(samples, { timeoutMs, capsMs: { tier } })).toMatchObject({
            basis: 'explicit',
            deadlineMs: Math.min(timeoutMs, tier),
          });
        },
      ),
    );
  });

  it('after a kill at the deadline allows at least twice as long, up to the caps (F139)', () => {
    fc.assert(
      fc.property(anySamples, fc.integer({ min: 1_000, max: DAY_MS }), (samples, previousDeadlineMs) => {
        expect(decided(samples, { attempt: 2, previousDeadlineMs }).deadlineMs).toBeGreaterThanOrEqual(
          Math.min(2 * previousDeadlineMs, DAY_MS),
        );
      }),
    );
  });
});
