import {
  controlReplySchema,
  LeewayError,
  limitChangesSchema,
  NO_TIMEOUT,
  parseLimitChanges,
  type Job,
  type Policy,
} from '@leeway/contract';
import type { LimitChanges } from '@leeway/queue';
import { newBoundMs, underTier } from './changed-limits.js';
import { confirmWithinMs, controlJob, type Done } from './control-job.js';
import { refuseNoTimeoutFor } from '../submissions/no-timeout.js';
import { defineRoute } from '../../calls/route.js';

export const patchJob = defineRoute({
  method: 'PATCH',
  path: '/v1/jobs/{id}',
  name: 'patchJob',
  group: 'Jobs',
  summary: 'Change the limits of a job that waits or runs',
  description:
    'At least one field; limits that are not named stay. A running attempt gets a new decision: a shorter limit that has passed already ends it, a longer one lets it live. The answer comes when its worker has confirmed it; an event `extended` tells those who follow the job of the new `deadlineAt`.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: { schema: limitChangesSchema, example: { timeoutMs: 120_000, limits: { idleMs: 30_000 } } },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'no_timeout_not_allowed', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy, clock } = services;
    const asked = changesIn(call.body, policy, clock.wallMs());
    return controlJob(call, services, {
      control: 'limits',
      async ask(id, before) {
        refuseForWorkflow(asked, before);
        if (asked.timeoutMs === NO_TIMEOUT) refuseNoTimeoutFor([before.tier, call.principal.tier], policy);
        const changes = underTier(asked, before, policy);
        const done = await queue.changeLimits(id, changes, newBoundMs(changes, before, policy));
        return done === 'requested' && !concernsAttempt(changes, before) ? 'changed' : done;
      },
      confirmed,
      waitMs: confirmWithinMs(services),
    });
  },
});

function changesIn(body: unknown, policy: Policy, nowMs: number): LimitChanges {
  const { timeoutMs, limits, completeBy } = parseLimitChanges(body, policy);
  if (completeBy !== undefined && Date.parse(completeBy) <= nowMs) {
    const message = `expected a time in the future; got ${completeBy}`;
    throw new LeewayError('invalid_request', `/completeBy: ${message}`, { errors: [{ path: '/completeBy', message }] });
  }
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...limits, ...(completeBy !== undefined && { completeBy }) };
}

/** A workflow has no attempts: only what bounds all of it can be changed. */
function refuseForWorkflow(changes: LimitChanges, { steps }: Job): void {
  if (steps === null) return;
  const { overallMs: _whole, queueMs: _wait, completeBy: _end, ...ofSteps } = changes;
  const names = Object.keys(ofSteps);
  if (names.length > 0)
    throw new LeewayError(
      'conflict',
      `${names.join(', ')} cannot be changed of a workflow, only of its steps. Of all of it: overallMs, queueMs, completeBy.`,
    );
}

/** Whether a running attempt has anything to do about it: not for its next wait, and not when nothing is different. */
function concernsAttempt({ queueMs: _wait, ...changes }: LimitChanges, before: Job): boolean {
  return Object.entries(changes).some(([name, value]) => before.limits[name] !== value);
}

/** The worker has made another decision, or the new limit has ended the attempt. */
function confirmed(now: Job, before: Job): Done | undefined {
  const decisionOf = ({ attempts }: Job) => JSON.stringify(attempts.at(-1)?.decision ?? null);
  return now.attempts.length !== before.attempts.length || decisionOf(now) !== decisionOf(before)
    ? 'changed'
    : undefined;
}
