import { decisionSentence, type Decision, LEARNED_SHADOW, type Policy, type Shadow } from '@leeway/contract';
import { ringKey } from '../history/ring-key.js';
import { classMode } from './class-mode.js';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';
import { falseKillRate } from './false-kill-alarm.js';

/**
 * The decision that applies: {@link decide}, or the static limits because of the mode of the class or of the alarm; with the
 * deadlines of the shadows. Pure.
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
  const alarm = alarmReason(request);
  // A static limit that is no longer than the learned one would only kill more.
  if (alarm === null || fixed.deadlineMs <= learned.deadlineMs) return withShadows(request, learned, learned);
  return withShadows(request, learned, onFixedLimits(learned, fixed, alarm));
}

/** The policy with the constants of its candidate; null: it has no candidate. */
export function candidatePolicy(policy: Policy): Policy | null {
  if (policy.estimator.shadow === undefined) return null;
  const { name: _, ...constants } = policy.estimator.shadow;
  return { ...policy, estimator: { ...policy.estimator, ...constants } };
}

/** Static limits with the learned figures beside them: those are shown, and observations of the attempt refer to them. */
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

/** With the reason for the static limits; an explicit limit has its own. */
function explained(decision: Decision, why: string): Decision {
  if (decision.basis !== 'static') return decision;
  const ruled = { ...decision, override: why };
  return { ...ruled, sentence: decisionSentence(ruled) };
}

/** A limit of the submission is the same under every policy, so it has no shadows. */
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

/** Reason for the alarm on false kills; null: no alarm. */
function alarmReason({ history, tenant, jobClass, policy }: DecisionRequest): string | null {
  const { wrong, results, alarm } = falseKillRate(
    history?.level(ringKey('total', tenant, jobClass.name)),
    policy.estimator,
  );
  if (!alarm) return null;
  return `${wrong} of the last ${results} runs of ${jobClass.name} were ended although they were healthy, more than the ${Number((PERCENT * policy.estimator.falseKillAlarm).toFixed(1))} % that the policy allows`;
}
