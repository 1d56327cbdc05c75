import { controlReplySchema } from '@leeway/contract';
import { defineRoute } from '../../calls/route.js';
import { confirmWithinMs, controlJob } from './control-job.js';

export const resumeJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/resume',
  name: 'resumeJob',
  group: 'Jobs',
  summary: 'Resume a paused job',
  description:
    'A job that was paused while it waited waits for a worker again. Processes that were stopped continue, with the time that was left to them. A job that is not paused is not changed.',
  scope: 'control',
  params: { id: 'Id of the job' },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    return controlJob(call, services, {
      control: 'resume',
      request: (id) => services.queue.controls.resume(id),
      // Not only `running`: it waits again when its worker was lost meanwhile.
      confirmed: ({ state }) => (state === 'paused' ? undefined : 'resumed'),
      waitMs: confirmWithinMs(services),
    });
  },
});
