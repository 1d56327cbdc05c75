import {
  controlReplySchema,
  invalidRequest,
  LeewayError,
  limitChangesSchema,
  NO_TIMEOUT,
  type Job,
  type LimitChangesBody,
} from '@leeway/contract';
import type { LimitChanges } from '@leeway/queue';
import { defineRoute } from '../../calls/route.js';
import { refuseNoTimeoutFor } from '../submissions/no-timeout.js';
import { newBoundMs, underTier } from './changed-limits.js';
import { confirmWithinMs, controlJob, type Done } from './control-job.js';

export const patchJob = defineRoute({
  method: 'PATCH',
  path: '/v1/jobs/{id}',
  name: 'patchJob',
  group: 'Jobs',
  summary: 'Change the limits of a waiting or running job',
  description:
    'At least one field; the other limits stay. A running attempt gets a new decision: a shorter limit that has already passed ends it, a longer one lets it continue. The reply comes when its worker has confirmed the decision; followers of the job get an event `extended` with the new `deadlineAt`.',
  scope: 'control',
  params: { id: 'Id of the job' },
  body: { schema: limitChangesSchema, example: { timeoutMs: 120_000, limits: { idleMs: 30_000 } } },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'conflict', 'no_timeout_not_allowed', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy, clock } = services;
    const wanted = changesIn(call.body, clock.wallMs());
    return controlJob(call, services, {
      control: 'limits',
      async request(id, before) {
        refuseForWorkflow(wanted, before);
        if (wanted.timeoutMs === NO_TIMEOUT) refuseNoTimeoutFor([before.tier, call.principal.tier], policy);
        const changes = underTier(wanted, before, policy);
        const done = await queue.controls.changeLimits(id, changes, newBoundMs(changes, before, policy));
        return done === 'requested' && !concernsAttempt(changes, before) ? 'changed' : done;
      },
      confirmed,
      waitMs: confirmWithinMs(services),
    });
  },
});

function changesIn({ timeoutMs, limits, completeBy }: LimitChangesBody, nowMs: number): LimitChanges {
  if (completeBy !== undefined && Date.parse(completeBy) <= nowMs)
    throw invalidRequest([{ path: '/completeBy', message: `expected a time in the future; got ${completeBy}` }]);
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...limits, ...(completeBy !== undefined && { completeBy }) };
}

/** A workflow has no attempts: only the limits of its whole time can be changed. */
function refuseForWorkflow(changes: LimitChanges, { steps }: Job): void {
  if (steps === null) return;
  const { overallMs: _whole, queueMs: _wait, completeBy: _end, ...ofSteps } = changes;
  const names = Object.keys(ofSteps);
  if (names.length > 0)
    throw new LeewayError(
      'conflict',
      `A workflow has no ${names.join(', ')}; its steps have. The limits of a workflow are overallMs, queueMs and completeBy.`,
    );
}

/** Whether the changes concern a running attempt: they have a difference, and not only in the limit of its next wait. */
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
