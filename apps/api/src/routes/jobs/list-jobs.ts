import { CAUSE_NAMES, JOB_STATES, jobListSchema } from '@leeway/contract';
import { z } from 'zod';
import { withExpectedFinish } from './with-expected-finish.js';
import { wholeNumber } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { tenantFilter } from '../../calls/principal.js';

const DEFAULT_LIMIT = 50;
const name = z.string().min(1).max(200);

export const listJobs = defineRoute({
  method: 'GET',
  path: '/v1/jobs',
  name: 'listJobs',
  group: 'Jobs',
  summary: 'List jobs, newest first',
  description: 'A page may hold fewer jobs than asked for and still have a `next`: go on until `next` is null.',
  scope: 'read',
  query: (policy) =>
    z.strictObject({
      state: z.enum(JOB_STATES).optional().describe('Only jobs in this state'),
      cause: z.enum(CAUSE_NAMES).optional().describe('Only jobs that ended with this cause'),
      kind: name.optional().describe('Only jobs of this kind'),
      label: name.optional().describe('Only jobs with this label'),
      tenant: name.optional().describe('Only jobs of this tenant; others than your own need an admin key'),
      limit: wholeNumber(1, policy.api.maxListed)
        .optional()
        .describe(
          `Jobs on a page, 1 to ${policy.api.maxListed}; ${Math.min(DEFAULT_LIMIT, policy.api.maxListed)} if absent`,
        ),
      cursor: z.string().min(1).max(200).optional().describe('`next` of the page before'),
    }),
  replies: { 200: { description: 'One page', schema: jobListSchema } },
  async handle(call, { queue, policy, clock }) {
    const { limit = Math.min(DEFAULT_LIMIT, policy.api.maxListed), tenant, ...filter } = call.query;
    const page = await queue.list({ ...filter, limit, tenant: tenantFilter(tenant, call.principal) });
    return { status: 200, json: { ...page, jobs: page.jobs.map((job) => withExpectedFinish(job, clock.wallMs())) } };
  },
});
