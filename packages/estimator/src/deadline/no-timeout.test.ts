import { kindPolicy, parsePolicy, type Decision } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { extendedDeadlineMs } from './extension.js';
import { decideInMode } from './decide-in-mode.js';
import type { DecisionRequest } from './decision-request.js';
import { classify } from '../classify/job-class.js';
import { observe } from '../observe/observe.js';
import { ringKey } from '../history/ring-key.js';
import {
  ended,
  endedJob,
  GIT_STATUS,
  policyOf,
  request,
  sample,
  StoredHistory,
  TENANT,
} from '../../testing/written-history.js';

const BACKSTOP_MS = 7_200_000;
const IDLE_MS = 600_000;
const policy = policyOf({}, { limits: { maxAttemptMs: BACKSTOP_MS }, kinds: { '*': { maxMs: 3_600_000 } } });
const quick = (count = 40) => Array.from({ length: count }, () => sample(4_000));
const known = (): StoredHistory => new StoredHistory(policy).add(quick());
const decided = (more: Partial<DecisionRequest> = {}, history: StoredHistory | null = known()): Decision =>
  decideInMode(request(history, policy, more));
const decider = ({ caps }: Decision) => caps.findLast(({ bit }) => bit)?.name;

const NONE = 'none' as const;
type Row = [situation: string, more: Partial<DecisionRequest>, known: boolean, ms: number, basis: string, by?: string];

/** Order of precedence. The tier allows 10 s, similar runs take 4 s, so the estimate is 8 s; the default of the kind is 600 s. */
const ORDER: Row[] = [
  ['a number, before estimate and kind', { timeoutMs: 7_000 }, true, 7_000, 'explicit', 'explicit'],
  ['a number under the tier', { timeoutMs: 60_000, capsMs: { tier: 10_000 } }, true, 10_000, 'explicit', 'tier'],
  ['none, before estimate and kind', { timeoutMs: NONE }, true, BACKSTOP_MS, 'no_timeout', 'backstop'],
  ['none, also where nothing is known', { timeoutMs: NONE }, false, BACKSTOP_MS, 'no_timeout', 'backstop'],
  ['none, before the tier', { timeoutMs: NONE, capsMs: { tier: 10_000 } }, true, BACKSTOP_MS, 'no_timeout', 'backstop'],
  [
    'none under an overall limit',
    { timeoutMs: NONE, capsMs: { overall: 90_000 } },
    true,
    90_000,
    'no_timeout',
    'overall',
  ],
  [
    'none until completeBy',
    { timeoutMs: NONE, capsMs: { completeBy: 50_000 } },
    true,
    50_000,
    'no_timeout',
    'complete_by',
  ],
  ['none within a mode', { timeoutMs: NONE, capsMs: { mode: 30_000 } }, true, 30_000, 'no_timeout', 'mode'],
  [
    "none of a step, beyond its part, within what the workflow's later steps leave",
    { timeoutMs: NONE, capsMs: { share: 20_000, budget: 70_000 } },
    true,
    70_000,
    'no_timeout',
    'budget',
  ],
  ['nothing, so the estimate', {}, true, 8_000, 'history'],
  ['nothing, so the estimate under the tier', { capsMs: { tier: 5_000 } }, true, 5_000, 'history', 'tier'],
  ['nothing, and nothing known, so the kind', {}, false, 600_000, 'prior'],
  ['nothing, and nothing known, so the tier', { capsMs: { tier: 10_000 } }, false, 10_000, 'prior', 'tier'],
];

describe('the timeout of a submission', () => {
  test.each(ORDER)('%s (F2, F23, B10)', (...row) => {
    const [, more, isKnown, deadlineMs, basis, by] = row;
    const decision = decided(more, isKnown ? known() : new StoredHistory(policy));
    expect(decision).toMatchObject({ deadlineMs, basis });
    expect(decider(decision)).toBe(by);
  });
});

describe('without a timeout', () => {
  it('the sentence names what ends it (F23)', () => {
    expect(decided({ timeoutMs: NONE }).sentence).toBe(
      'No timeout, as the submission asked: it ends only when it is silent for 10 min, or at the backstop after 2 h.',
    );
    expect(decided({ timeoutMs: NONE, capsMs: { overall: 900_000 } }).sentence).toBe(
      'No timeout, as the submission asked: it ends when it is silent for 10 min. Limited to 15 min: all that is left of the overall limit.',
    );
    const chat = classify({ kind: 'chat', input: { model: 'm', messages: [] } });
    expect(decided({ timeoutMs: NONE, jobClass: chat, kind: kindPolicy(policy, 'chat') }).sentence).toContain(
      'silent for 30 s (1 min before its first output, 10 min while a tool runs), or at',
    );
  });

  it('an attempt is never extended, and its expected duration is still shown (F23)', () => {
    const decision = decided({ timeoutMs: NONE });
    expect(decision).toMatchObject({ hardCapMs: BACKSTOP_MS, expectedMs: 4_000, lateMs: 4_000 });
    expect(extendedDeadlineMs(decision, { ...decision, deadlineMs: 9e9 })).toBeNull();
  });

  it('there is always an idle window: that of the submission, else the learned one, else that of the kind or the policy (F23)', () => {
    const history = known().add(
      Array.from({ length: 40 }, () => sample(3_000)),
      GIT_STATUS,
      'idle',
    );
    expect(decided({ timeoutMs: NONE })).toMatchObject({ idleMs: IDLE_MS, toolMs: IDLE_MS });
    expect(decided({ timeoutMs: NONE }, null)).toMatchObject({ idleMs: IDLE_MS, toolMs: IDLE_MS });
    expect(decided({ timeoutMs: NONE }, history).idleMs).toBe(6_000);
    expect(decided({ timeoutMs: NONE, limits: { idleMs: 90_000, toolMs: 5_000 } }, history)).toMatchObject({
      idleMs: 90_000,
      toolMs: 5_000,
    });
    expect(decided({ timeoutMs: NONE, kind: { ...kindPolicy(policy, 'command'), idleMs: 20_000 } }).idleMs).toBe(
      20_000,
    );
    expect(decided().idleMs).toBeNull();
  });

  it('the attempt after a stop for silence has a longer window (F23)', () => {
    const previousClock = { cause: 'idle' as const, limitMs: IDLE_MS };
    expect(decided({ timeoutMs: NONE, attempt: 2, previousClock }).idleMs).toBe(2 * IDLE_MS);
  });

  it('the decision is the same with learned deadlines on, in shadow or off, and has no shadows (F23)', () => {
    for (const mode of ['on', 'shadow', 'off']) {
      const estimator = { classes: { '*': mode }, shadow: { name: 'wider', margin: 3 } };
      const other = parsePolicy({ limits: { maxAttemptMs: BACKSTOP_MS }, estimator });
      const decision = decideInMode(request(known(), other, { timeoutMs: NONE }));
      expect(decision).toMatchObject({ basis: 'no_timeout', deadlineMs: BACKSTOP_MS, idleMs: IDLE_MS });
      expect(decision).not.toHaveProperty('shadows');
      expect(decision.sentence).toMatch(/^No timeout, /);
    }
  });

  it('a success is observed with its duration, and a stop at the backstop as longer (F23)', () => {
    const decision = decided({ timeoutMs: NONE });
    const observed = (more: Parameters<typeof ended>[1]) => {
      const history = known();
      history.apply(observe(endedJob([ended(decision, more)])));
      return history.level(ringKey('total', TENANT, GIT_STATUS.name));
    };
    expect(observed({ durationMs: 60_000 })).toMatchObject({ size: 41, censored: 0 });
    expect(observed({ durationMs: BACKSTOP_MS, outcome: 'stopped', cause: 'deadline' })).toMatchObject({
      size: 41,
      censored: 1,
    });
  });
});
