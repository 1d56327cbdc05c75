import { controlReplySchema } from '@leeway/contract';
import { confirmWithinMs, controlJob } from './control-job.js';
import { defineRoute } from '../../calls/route.js';

export const resumeJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/resume',
  name: 'resumeJob',
  group: 'Jobs',
  summary: 'Let a paused job go on',
  description:
    'A parked job waits for a worker again; processes that were stopped go on where they stood, with the time they had left. A job that is not paused is left alone.',
  scope: 'control',
  params: { id: 'Id of the job' },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    return controlJob(call, services, {
      control: 'resume',
      ask: (id) => services.queue.resume(id),
      // Waiting again, where its worker was lost meanwhile.
      confirmed: ({ state }) => (state === 'paused' ? undefined : 'resumed'),
      waitMs: confirmWithinMs(services),
    });
  },
});
