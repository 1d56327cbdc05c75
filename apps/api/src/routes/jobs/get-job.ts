import { isFinal, jobSchema } from '@leeway/contract';
import { z } from 'zod';
import { withExpectedFinish } from './with-expected-finish.js';
import { jobIdOf, readVisibleJob, requireVisible } from './visible-job.js';
import { preferredWaitS } from '../../http/prefer-wait.js';
import { wholeNumber } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';

const SECOND_MS = 1_000;
const MOST_S = 999_999_999;

export const getJob = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}',
  name: 'getJob',
  group: 'Jobs',
  summary: 'Read a job, or wait for it to end',
  description:
    'With a wait the answer comes when the job has ended or the time is over, whichever is first; look at `state`.',
  scope: 'read',
  params: { id: 'Id of the job' },
  query: (policy) =>
    z.strictObject({
      wait: wholeNumber(0, MOST_S)
        .optional()
        .describe(
          `Seconds to wait for the end; more than ${policy.limits.maxWaitS} is taken for ${policy.limits.maxWaitS}`,
        ),
    }),
  headers: { Prefer: '`wait=N`, the same as `?wait=N`' },
  replies: { 200: { description: 'The job as it is now', schema: jobSchema } },
  errors: ['job_not_found', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy } = services;
    const id = jobIdOf(call.params['id']);
    const askedS = call.query.wait ?? preferredWaitS(call.header('prefer')) ?? 0;
    const waitS = Math.min(askedS, policy.limits.maxWaitS);
    const job = await readVisibleJob(id, call.principal, services);
    if (waitS === 0 || isFinal(job.state)) return { status: 200, json: job };
    call.keepOpen(waitS * SECOND_MS);
    const later = await queue.waitUntilFinal(id, waitS * SECOND_MS, call.signal);
    return {
      status: 200,
      headers: { 'Preference-Applied': `wait=${waitS}` },
      json: withExpectedFinish(requireVisible(later, id, call.principal), services.clock.wallMs()),
    };
  },
});
