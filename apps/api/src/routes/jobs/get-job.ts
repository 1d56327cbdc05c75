import { isFinal, jobSchema, SECOND_MS } from '@leeway/contract';
import { z } from 'zod';
import { wholeNumber } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { jobIdOf, readVisibleJob, requireVisible } from './visible-job.js';
import { withExpectedFinish } from './with-expected-finish.js';

const MOST_S = 999_999_999;
const PREFER_WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i;

export const getJob = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}',
  name: 'getJob',
  group: 'Jobs',
  summary: 'Read a job, or wait until it ends',
  description:
    'With a wait, the reply comes when the job has ended or the time is over, whichever is first: look at `state`.',
  scope: 'read',
  params: { id: 'Id of the job' },
  query: ({ limits }) =>
    z.strictObject({
      wait: wholeNumber(0, MOST_S)
        .optional()
        .describe(`Seconds to wait until the job ends; at most ${limits.maxWaitS}, larger values are reduced to that`),
    }),
  headers: { Prefer: '`wait=N` has the same meaning as `?wait=N`' },
  replies: { 200: { description: 'The job as it is now', schema: jobSchema } },
  errors: ['job_not_found', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy } = services;
    const id = jobIdOf(call.params['id']);
    const wantedS = call.query.wait ?? preferredWaitS(call.header('prefer')) ?? 0;
    const waitS = Math.min(wantedS, policy.limits.maxWaitS);
    const job = await readVisibleJob(id, call.principal, services);
    if (waitS === 0 || isFinal(job.state)) return { status: 200, json: job };
    call.keepOpen(waitS * SECOND_MS);
    const later = await queue.waitFor(id, {
      until: ({ state }) => isFinal(state),
      waitMs: waitS * SECOND_MS,
      signal: call.signal,
    });
    return {
      status: 200,
      headers: { 'Preference-Applied': `wait=${waitS}` },
      json: withExpectedFinish(requireVisible(later, id, call.principal), services.clock.wallMs()),
    };
  },
});

/** The seconds of `Prefer: wait=N` (RFC 7240); undefined: none. */
function preferredWaitS(header: string | undefined): number | undefined {
  const seconds = PREFER_WAIT.exec(header ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
