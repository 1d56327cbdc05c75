import { readFileSync } from 'node:fs';
import { LAYER_SHARES, limitsFor, parsePolicy, UNCAPPED, type TierLimits } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { PART_OF_BUDGET } from './clock-windows.js';
import { COLD_AFTER_MS, COLD_MIN_SAMPLES, START_UP_MS } from './cold-start.js';
import { decide } from './decide.js';
import { classify } from '../classify/job-class.js';
import { request } from '../../testing/written-history.js';

const page = readFileSync(new URL('../../../../docs/tiers.md', import.meta.url), 'utf8');
const section = (title: string) => page.split(/^## /m).find((text) => text.startsWith(title)) ?? '';
/** The rows of the table in a section, without its head. */
const rows = (title: string) =>
  [...section(title).matchAll(/^\| (.+) \|$/gm)].slice(2).map(([, row = '']) => row.replaceAll('`', '').split(' | '));
const SECOND_MS = 1_000;
const seconds = (ms: number | null) => (ms === null ? 'none' : String(ms / SECOND_MS));

const provider = { baseUrl: 'http://house/v1' };
const policy = parsePolicy({ environment: 'production', providers: { house: provider } });
const limits = (tier: string, stream = false): TierLimits => limitsFor({ policy, tier, stream });

describe('docs/tiers.md', () => {
  it('has the default tiers with their caps (F122, F123)', () => {
    expect(rows('The tiers')).toEqual(
      Object.keys(policy.tiers).map((tier) => [
        tier,
        seconds(limits(tier).attemptMs),
        seconds(limits(tier, true).attemptMs),
        seconds(limits(tier).clientWaitMs),
        seconds(limits(tier).phaseMs),
      ]),
    );
  });

  it('has the layers of each tier with a provider that retries twice (F124)', () => {
    const shown = rows('Layers').map(([tier = '']) => {
      const { callMs, retries, backoffMs, stepMs, attemptMs, overallMs, clientWaitMs } = limits(tier);
      return [
        tier,
        seconds(callMs),
        String(retries),
        ...[backoffMs, stepMs, attemptMs, overallMs, clientWaitMs].map(seconds),
      ];
    });
    expect(shown).toHaveLength(4);
    expect(rows('Layers')).toEqual(shown);
  });

  it('has the shares and floors of the code', () => {
    expect(LAYER_SHARES).toEqual({
      stepShare: 0.9,
      callShare: 0.66,
      retrySlack: 0.05,
      minCallMs: 10_000,
      overallShare: 0.5,
    });
    expect(PART_OF_BUDGET).toEqual({
      firstOutput: { share: 0.3, leastMs: 5_000 },
      idle: { share: 0.2, leastMs: 3_000 },
    });
    expect([COLD_AFTER_MS, COLD_MIN_SAMPLES, START_UP_MS]).toEqual([300_000, 5, 30_000]);
    expect(policy.kinds['chat']).toMatchObject({ firstOutputMs: 60_000 });
    expect(policy.supervision.progressEveryMs).toBe(8_000);
    expect(policy.environments).toEqual({
      local: {},
      testing: { platform: 0.5, enterprise: 0.5 },
      staging: {},
      production: {},
    });
  });

  it('has examples of policies that are accepted', () => {
    const examples = [...page.matchAll(/^ {4}(\{.+\})$/gm)].map(([, text = '']) => JSON.parse(text) as unknown);
    expect(examples).toHaveLength(3);
    for (const example of examples) expect(() => parsePolicy(example)).not.toThrow();
  });

  it('quotes the refusal of a chain that does not fit, and the call that would (F124)', () => {
    const chain = { stepMs: 45_000, attemptMs: 60_000, overallMs: 60_000, clientWaitMs: 67_500 };
    const load = (callMs: number, retries: number) => () =>
      parsePolicy({ tiers: { classic: { ...chain, callMs } }, providers: { house: { ...provider, retries } } });
    expect(load(30_000, 0)).not.toThrow();
    expect(load(30_000, 1)).toThrow(/^> (.+)$/m.exec(page)?.[1]);
    expect(load(21_999, 1)).not.toThrow();
    expect(load(22_000, 1)).toThrow();
  });

  test.each(rows('Small budgets'))('a chat with timeoutMs of %s gets %s and %s (F80)', (budget, first, idle) => {
    const ms = (text = '') => SECOND_MS * Number.parseFloat(text);
    const jobClass = classify({ kind: 'chat', input: { model: 'm', messages: [] } });
    const kind = policy.kinds['chat'] as NonNullable<(typeof policy.kinds)[string]>;
    const decision = decide(request(null, policy, { jobClass, kind, timeoutMs: ms(budget) }));
    expect([decision.firstOutputMs, decision.idleMs]).toEqual([ms(first), ms(idle)]);
  });

  it('has the tier of callers without keys', () => {
    expect(policy.tiers[policy.defaultTier]).toEqual({ ...UNCAPPED, allowsNoTimeout: true });
  });
});
