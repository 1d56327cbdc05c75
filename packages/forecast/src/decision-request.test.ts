import { parsePolicy, type Attempt, type Decision, type Policy } from '@leeway/contract';
import { classify } from '@leeway/estimator';
import { describe, expect, it } from 'vitest';
import { decisionRequest } from './decision-request.js';
import type { AttemptFacts, Work } from './work.js';

const input = { model: 'small', messages: [] };
const CHAT: Work = {
  ...{ kind: 'chat', input, jobClass: classify({ kind: 'chat', input }), tenant: 'acme', tier: 'mid', stream: true },
  limits: {},
};
const FIRST: AttemptFacts = { number: 1, startedAtMs: 1_000_000, spentMs: 0 };

const request = (work: Partial<Work>, facts: Partial<AttemptFacts> = {}, policy: Policy = parsePolicy()) =>
  decisionRequest({ ...CHAT, ...work }, { ...FIRST, ...facts }, policy);

describe('the caps of a decision', () => {
  it('are those of tier, overall limit, mode and completeBy, less what was spent', () => {
    const policy = parsePolicy({ modes: { quick: { totalMs: 50_000 } } });
    const limits = { overallMs: 40_000, mode: 'quick', completeBy: new Date(1_030_000).toISOString() };
    expect(request({ limits }, { spentMs: 5_000 }, policy).capsMs).toMatchObject({
      ...{ tier: 60_000, overall: 35_000, mode: 45_000, completeBy: 30_000 },
      ...{ share: undefined, budget: undefined },
    });
  });

  it('are no longer than the overall limit of the tier, whatever the submission asks for', () => {
    const overall = (tier: string) => request({ tier, limits: { overallMs: 9e9 } }).capsMs?.overall ?? 0;
    expect(overall('free')).toBeLessThan(overall('default'));
  });

  it('let a step draw on later steps up to the policy, and a step with a timeout on all they can spare (F23)', () => {
    const policy = parsePolicy({ workflows: { minStepMs: 10_000 } });
    const step = { leftMs: 100_000, ofRest: 0.3, behind: 2 };
    const caps = (timeoutMs?: Work['limits']['timeoutMs']) =>
      request({ limits: { timeoutMs } }, { step }, policy).capsMs;
    expect(caps()).toMatchObject({ share: 30_000, budget: 60_000 });
    expect(caps('none')).toMatchObject({ share: 30_000, budget: 80_000 });
    expect(caps(70_000)).toMatchObject({ share: 30_000, budget: 80_000 });
  });
});

describe('the phases of a decision', () => {
  const ending = (phases: object = {}) => parsePolicy({ phases: { endAttempt: true, ...phases } });

  it('end the attempt only where the policy sets that (F106)', () => {
    expect(request({}).phases).toBeUndefined();
    expect(request({ tier: 'enterprise' }, {}, ending()).phases).toEqual({ most: 5, windowMs: 60_000 });
  });

  it('have the window of the tier, and none for kinds without phases', () => {
    expect(request({ tier: 'free' }, {}, ending()).phases).toEqual({ most: 5, windowMs: 2_000 });
    expect(request({ kind: 'command', input: { argv: ['true'] } }, {}, ending()).phases).toBeUndefined();
    expect(request({ tier: 'default' }, {}, ending({ windowMs: null })).phases).toBeUndefined();
  });
});

describe('the attempt before', () => {
  const decision = { firstOutputMs: 1_000, idleMs: 2_000, toolMs: null } as Decision;
  const stopped = (cause: Attempt['cause']) => ({ outcome: 'stopped', cause, decision, allowedMs: 9_000 }) as Attempt;
  const after = (previous: Attempt) => {
    const { previousDeadlineMs, previousClock } = request({}, { number: 2, previous });
    return { previousDeadlineMs, previousClock };
  };

  it('counts with what it was allowed in the end, where its deadline ended it', () => {
    expect(after(stopped('deadline'))).toEqual({ previousDeadlineMs: 9_000, previousClock: undefined });
  });

  it('counts with the silence that ended it, where there was such a clock', () => {
    const clockOf = (cause: Attempt['cause']) => after(stopped(cause)).previousClock;
    expect(clockOf('idle')).toEqual({ cause: 'idle', limitMs: 2_000 });
    expect(clockOf('first_output')).toEqual({ cause: 'first_output', limitMs: 1_000 });
    expect(clockOf('tool_silence')).toBeUndefined();
    expect(after({ ...stopped('idle'), outcome: 'failed' } as Attempt).previousClock).toBeUndefined();
  });
});
