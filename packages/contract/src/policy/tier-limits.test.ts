import { SECOND_MS } from '../format/duration.js';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS, type Environment } from './environments.js';
import { parsePolicy } from './policy.js';
import { overallBoundMs } from './overall-bound.js';
import { limitsFor } from './tier-limits.js';

const policy = parsePolicy();

/** Attempt, streaming attempt, client's wait, phase, in seconds. */
const TABLE: Record<string, (number | null)[]> = {
  free: [8, 8, 10, 2],
  early: [8, 8, 10, 2],
  mid: [60, 60, 90, 20],
  platform: [120, 120, 150, 30],
  enterprise: [300, 300, 360, 60],
  default: [null, null, null, null],
};
/** Factors of the overlays. */
const SCALE: Partial<Record<Environment, Record<string, number>>> = { testing: { platform: 0.5, enterprise: 0.5 } };

const all = Object.keys(TABLE).flatMap((tier) => ENVIRONMENTS.map((environment) => ({ tier, environment })));

describe('the default tiers', () => {
  test('are these, the smallest first (F122)', () => {
    expect(Object.keys(policy.tiers)).toEqual(Object.keys(TABLE));
    expect(policy.defaultTier).toBe('default');
  });

  test.each(all)('$tier in $environment (F122, F123, F125, F129)', ({ tier, environment }) => {
    const expected = (TABLE[tier] ?? []).map((value) =>
      value === null ? null : value * SECOND_MS * (SCALE[environment]?.[tier] ?? 1),
    );
    const plain = limitsFor({ policy, tier, environment, stream: false });
    const streaming = limitsFor({ policy, tier, environment, stream: true });
    expect([plain.attemptMs, streaming.attemptMs, plain.clientWaitMs, plain.phaseMs]).toEqual(expected);
    expect(plain).toMatchObject({ tier, environment, stream: false });
    expect(streaming).toMatchObject({ tier, environment, stream: true });
  });

  test('nest (F124)', () => {
    expect(limitsFor({ policy, tier: 'mid', stream: false })).toMatchObject({
      callMs: 35_640,
      stepMs: 54_000,
      attemptMs: 60_000,
      overallMs: 75_000,
      clientWaitMs: 90_000,
    });
  });

  test('have no cap in the tier for callers without keys', () => {
    expect(limitsFor({ policy, tier: 'default', stream: true })).toMatchObject({
      callMs: null,
      stepMs: null,
      attemptMs: null,
      overallMs: null,
      maxPriority: 20,
    });
  });
});

describe('a policy file', () => {
  test('changes fields of a tier, adds tiers and removes them', () => {
    const file = parsePolicy({
      tiers: { free: { maxPriority: 5 }, gold: { attemptMs: 600_000 }, early: null, platform: null },
    });
    expect(Object.keys(file.tiers)).toEqual(['free', 'mid', 'enterprise', 'default', 'gold']);
    expect(limitsFor({ policy: file, tier: 'free', stream: false })).toMatchObject({
      attemptMs: 8_000,
      maxPriority: 5,
    });
    expect(limitsFor({ policy: file, tier: 'gold', stream: true })).toMatchObject({
      attemptMs: 600_000,
      stepMs: 540_000,
      overallMs: null,
    });
  });

  test('cannot remove the tier of callers without keys', () => {
    expect(() => parsePolicy({ tiers: { default: null } })).toThrow('defaultTier "default" is not in tiers; known are');
    expect(parsePolicy({ tiers: { default: null }, defaultTier: 'mid' }).defaultTier).toBe('mid');
  });

  test('has a streaming column; without it streaming has the other limits (F123)', () => {
    const file = parsePolicy({
      tiers: { talk: { attemptMs: 10_000, streamingMs: 40_000 }, plain: { attemptMs: 10_000 } },
    });
    const attempt = (tier: string, stream: boolean) => limitsFor({ policy: file, tier, stream }).attemptMs;
    expect([attempt('talk', false), attempt('talk', true)]).toEqual([10_000, 40_000]);
    expect([attempt('plain', false), attempt('plain', true)]).toEqual([10_000, 10_000]);
  });

  test('names its environment, which wins (F126)', () => {
    expect(parsePolicy({}).environment).toBe('local');
    expect(parsePolicy({}, 'staging').environment).toBe('staging');
    expect(parsePolicy({ environment: 'production' }, 'testing').environment).toBe('production');
  });

  test('scales a tier or replaces its fields, for one or every tier, by environment (F12, F125)', () => {
    const file = parsePolicy({
      environments: { staging: { '*': 2, free: 1.5, mid: { attemptMs: 30_000 } }, testing: {} },
    });
    const of = (tier: string, environment: Environment) => limitsFor({ policy: file, tier, environment, stream: true });
    expect(of('free', 'staging')).toMatchObject({ attemptMs: 12_000, clientWaitMs: 15_000, phaseMs: 3_000 });
    expect(of('mid', 'staging')).toMatchObject({ attemptMs: 60_000, clientWaitMs: 90_000 });
    expect(limitsFor({ policy: file, tier: 'mid', environment: 'staging', stream: false }).attemptMs).toBe(30_000);
    expect(of('platform', 'staging')).toMatchObject({ attemptMs: 240_000, clientWaitMs: 300_000 });
    expect(of('platform', 'testing').attemptMs).toBe(120_000);
    expect(of('platform', 'production').attemptMs).toBe(120_000);
  });

  test('has maxima for every tier', () => {
    const file = parsePolicy({ limits: { maxAttemptMs: 100_000, maxOverallMs: 110_000 } });
    const limits = limitsFor({ policy: file, tier: 'enterprise', environment: 'production', stream: false });
    expect(limits).toMatchObject({ stepMs: 90_000, attemptMs: 100_000, overallMs: 110_000 });
  });
});

test('a tier that the policy no longer has gets the limits of the default tier', () => {
  const strict = parsePolicy({ defaultTier: 'free' });
  expect(limitsFor({ policy: strict, tier: 'gone', stream: false })).toMatchObject({ tier: 'free', attemptMs: 8_000 });
});

describe('without a timeout', () => {
  const of = (tier: string, timeoutMs?: 'none' | 1_000) => limitsFor({ policy, tier, stream: true, timeoutMs });

  test('a tier caps neither attempt nor step nor all attempts, but calls without a first token (F23)', () => {
    const file = parsePolicy({
      tiers: { gold: { attemptMs: 60_000, stepMs: 50_000, callMs: 9_000, overallMs: 70_000 } },
    });
    expect(limitsFor({ policy: file, tier: 'gold', stream: false, timeoutMs: 'none' })).toMatchObject({
      callMs: 9_000,
      stepMs: null,
      attemptMs: null,
      overallMs: null,
    });
    expect(of('mid', 'none')).toMatchObject({
      attemptMs: null,
      overallMs: null,
      clientWaitMs: 90_000,
      phaseMs: 20_000,
    });
    expect(of('mid', 1_000)).toEqual(of('mid'));
  });

  test('a job is possible in the tier without caps, or where the policy allows it (F23)', () => {
    const allowed = (file: typeof policy) =>
      Object.keys(file.tiers).filter((tier) => limitsFor({ policy: file, tier, stream: false }).allowsNoTimeout);
    expect(allowed(policy)).toEqual(['default']);
    expect(allowed(parsePolicy({ tiers: { gold: {}, mid: { allowsNoTimeout: true } } }))).toEqual(['mid', 'default']);
    expect(allowed(parsePolicy({ environments: { local: { default: { allowsNoTimeout: false } } } }))).toEqual([]);
  });

  test('a job has the bounds of its own submission (F23)', () => {
    const bound = (limits: Parameters<typeof overallBoundMs>[0]['limits']) =>
      overallBoundMs({ policy, tier: 'mid', stream: false, limits });
    expect(bound({})).toBe(75_000);
    expect(bound({ timeoutMs: 'none' })).toBe(Infinity);
    expect(bound({ timeoutMs: 'none', overallMs: 90_000 })).toBe(90_000);
    expect(bound({ timeoutMs: 'none', mode: 'fast' })).toBe(30_000);
  });
});

describe('the retries of a call', () => {
  const calls = { callMs: null, pausesMs: [1_000, 2_000, 4_000] };

  test('shorten the call down to its least time; further retries are left out (F124)', () => {
    const of = (tier: string) => limitsFor({ policy, tier, stream: true, calls });
    expect(of('free')).toMatchObject({ stepMs: 7_200, retries: 0, backoffMs: 0, callMs: 4_752 });
    expect(of('mid')).toMatchObject({ stepMs: 54_000, retries: 3, backoffMs: 7_000, callMs: 11_075 });
    expect(of('platform')).toMatchObject({ stepMs: 108_000, retries: 3, backoffMs: 7_000, callMs: 23_900 });
  });

  test('are those of the tier if it has a number', () => {
    const file = parsePolicy({ tiers: { mid: { retries: 1 } } });
    expect(limitsFor({ policy: file, tier: 'mid', stream: true, calls })).toMatchObject({ retries: 1, callMs: 25_150 });
  });

  test('are those of the provider otherwise, with its limit of a call', () => {
    const own = parsePolicy({ providers: { house: { baseUrl: 'http://house/v1', callMs: 5_000 } } });
    expect(limitsFor({ policy: own, tier: 'mid', stream: true })).toMatchObject({ retries: 2, callMs: 5_000 });
    expect(limitsFor({ policy: own, tier: 'default', stream: true })).toMatchObject({ retries: 2, callMs: 5_000 });
  });
});
