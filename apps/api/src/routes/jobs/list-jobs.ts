import { CAUSE_NAMES, JOB_STATES, jobListSchema } from '@leeway/contract';
import { MAX_LISTED } from '../../calls/bounds.js';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery, pageSize } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { withExpectedFinish } from './with-expected-finish.js';

const DEFAULT_LIMIT = 50;

export const listJobs = defineRoute({
  method: 'GET',
  path: '/v1/jobs',
  name: 'listJobs',
  group: 'Jobs',
  summary: 'List jobs, newest first',
  description: 'A page can hold fewer jobs than `limit` and still have a `next`: continue until `next` is null.',
  scope: 'read',
  query: () =>
    z.strictObject({
      state: z.enum(JOB_STATES).optional().describe('Only jobs in this state'),
      cause: z.enum(CAUSE_NAMES).optional().describe('Only jobs that ended with this cause'),
      kind: nameInQuery().describe('Only jobs of this kind'),
      label: nameInQuery().describe('Only jobs with this label'),
      tenant: nameInQuery().describe('Only jobs of this tenant; other tenants than that of the key need an admin key'),
      limit: pageSize(DEFAULT_LIMIT, MAX_LISTED, 'Jobs'),
      cursor: nameInQuery().describe('`next` of the previous page'),
    }),
  replies: { 200: { description: 'One page', schema: jobListSchema } },
  async handle(call, { queue, clock }) {
    const { tenant, ...filter } = call.query;
    const page = await queue.list({ ...filter, tenant: tenantFilter(tenant, call.principal) });
    return { status: 200, json: { ...page, jobs: page.jobs.map((job) => withExpectedFinish(job, clock.wallMs())) } };
  },
});
