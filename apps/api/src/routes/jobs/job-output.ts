import { z } from 'zod';
import { wholeNumber } from '../../calls/query-values.js';
import { outputSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import { jobIdOf, readVisibleJob } from './visible-job.js';

const MAX_ATTEMPT = 1_000_000;

export const jobOutput = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/output',
  name: 'jobOutput',
  group: 'Jobs',
  summary: 'Read the stored output of a job',
  description:
    'What its attempts have written so far, oldest first. Output is kept for a day by default, and bounded for each attempt.',
  scope: 'read',
  params: { id: 'Id of the job' },
  query: ({ retention }) =>
    z.strictObject({
      attempt: wholeNumber(1, MAX_ATTEMPT).optional().describe('Only of this attempt; absent: of all'),
      tail: wholeNumber(1, retention.outputBytes).optional().describe('Only this many bytes from the end'),
    }),
  replies: { 200: { description: 'The output', schema: outputSchema } },
  errors: ['job_not_found'],
  async handle(call, services) {
    const id = jobIdOf(call.params['id']);
    await readVisibleJob(id, call.principal, services);
    const { attempt, tail } = call.query;
    const options = {
      ...(attempt === undefined ? {} : { attempt }),
      ...(tail === undefined ? {} : { tailBytes: tail }),
    };
    return { status: 200, json: await services.queue.output(id, options) };
  },
});
