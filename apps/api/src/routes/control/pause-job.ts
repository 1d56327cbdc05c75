import { controlReplySchema } from '@leeway/contract';
import { defineRoute } from '../../calls/route.js';
import { confirmWithinMs, controlJob } from './control-job.js';

export const pauseJob = defineRoute({
  method: 'POST',
  path: '/v1/jobs/{id}/pause',
  name: 'pauseJob',
  group: 'Jobs',
  summary: 'Pause a job',
  description:
    'A waiting job is not given to a worker. The processes of a running command, or of an isolated handler, are stopped (SIGSTOP), and so are its clocks, all but `completeBy`. A pause ends by itself after `limits.maxPauseMs` of the policy. A running job of any other kind cannot be paused: 409. Pausing again changes nothing.',
  scope: 'control',
  params: { id: 'Id of the job' },
  replies: { 200: { description: 'What was done', schema: controlReplySchema } },
  errors: ['job_not_found', 'conflict', 'outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    return controlJob(call, services, {
      control: 'pause',
      request: (id) => services.queue.controls.pause(id),
      confirmed: ({ state }) => (state === 'paused' ? 'paused' : undefined),
      waitMs: confirmWithinMs(services),
    });
  },
});
