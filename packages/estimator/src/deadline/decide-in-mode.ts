import { decisionSentence, type Decision, LEARNED_SHADOW, type Policy, type Shadow } from '@leeway/contract';
import { ringKey } from '../history/ring-key.js';
import { classMode } from './class-mode.js';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';
import { falseKillRate } from './false-kill-alarm.js';

/**
 * The decision that binds, where {@link decide} says what is learned: the mode of the class and the alarm may put the
 * static limits in its place, and what runs in shadow is decided beside it. Pure, like everything here.
 */
export function decideInMode(request: DecisionRequest): Decision {
  const { policy, jobClass } = request;
  const mode = classMode(policy, jobClass.name);
  const fixed = decide({ ...request, history: null });
  if (mode === 'off') return explained(fixed, `the policy keeps learned deadlines off for ${jobClass.name}`);
  if (request.history === null) return fixed;
  const learned = decide(request);
  if (mode === 'shadow')
    return withShadows(
      request,
      learned,
      onFixedLimits(learned, fixed, `the policy has learned deadlines only run in shadow for ${jobClass.name}`),
    );
  const alarm = alarmWords(request);
  // A static limit that is no longer than the learned one would only kill more.
  if (alarm === null || fixed.deadlineMs <= learned.deadlineMs) return withShadows(request, learned, learned);
  return withShadows(request, learned, onFixedLimits(learned, fixed, alarm));
}

/** The same constants with those of the candidate over them; null: no candidate. */
export function candidatePolicy(policy: Policy): Policy | null {
  if (policy.estimator.shadow === undefined) return null;
  const { name: _, ...constants } = policy.estimator.shadow;
  return { ...policy, estimator: { ...policy.estimator, ...constants } };
}

/** What is known of the work stays in the decision, also for learning from the attempt; the clocks are the static ones. */
function onFixedLimits(learned: Decision, fixed: Decision, why: string): Decision {
  const { deadlineMs, hardCapMs, firstOutputMs, startUpMs, idleMs, toolMs, basis, caps, override } = fixed;
  return explained(
    {
      ...learned,
      deadlineMs,
      hardCapMs,
      firstOutputMs,
      ...(startUpMs === undefined ? {} : { startUpMs }),
      idleMs,
      toolMs,
      basis,
      caps,
      override,
      quantile: null,
      margin: null,
    },
    why,
  );
}

/** With the rule that put the static limits in place; an explicit limit is nobody's rule but the submission's. */
function explained(decision: Decision, why: string): Decision {
  if (decision.basis !== 'static') return decision;
  const ruled = { ...decision, override: why };
  return { ...ruled, sentence: decisionSentence(ruled) };
}

/** What the submission asked for would hold under any policy, so there is nothing to compare. */
function withShadows(request: DecisionRequest, learned: Decision, acting: Decision): Decision {
  if (acting.basis === 'explicit' || acting.basis === 'no_timeout') return acting;
  const shadows: Shadow[] = [];
  if (acting.basis === 'static') shadows.push({ name: LEARNED_SHADOW, deadlineMs: learned.deadlineMs });
  const candidate = candidatePolicy(request.policy);
  const name = request.policy.estimator.shadow?.name;
  if (candidate !== null && name !== undefined)
    shadows.push({ name, deadlineMs: decide({ ...request, policy: candidate }).deadlineMs });
  return shadows.length === 0 ? acting : { ...acting, shadows };
}

const PERCENT = 100;

/** Why learned deadlines are not trusted now; null: they are. */
function alarmWords({ history, tenant, jobClass, policy }: DecisionRequest): string | null {
  const { wrong, results, alarm } = falseKillRate(
    history?.level(ringKey('total', tenant, jobClass.name)),
    policy.estimator,
  );
  if (!alarm) return null;
  return `${wrong} of the last ${results} runs of ${jobClass.name} were ended although they were healthy, more than the ${Number((PERCENT * policy.estimator.falseKillAlarm).toFixed(1))} % that the policy allows`;
}
