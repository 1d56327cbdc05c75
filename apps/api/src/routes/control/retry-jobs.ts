import { CAUSE_NAMES, type Job, type JobId, type Policy } from '@leeway/contract';
import { REPLY_WITHIN_MS } from '@leeway/runtime';
import { MAX_BATCH } from '../../calls/bounds.js';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery } from '../../calls/query-values.js';
import { retriedSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';

const DEFAULT_LIMIT = 100;
/** Pages that one call reads at most: a rare label must not read the whole store. The reply has the cursor to continue. */
const PAGES_MOST = 10;
const PAGE = 100;

function bodySchema({ limits }: Policy) {
  return z.strictObject({
    state: z.enum(['failed', 'cancelled']).default('failed').describe('Jobs that ended like this'),
    cause: z.enum(CAUSE_NAMES).optional().describe('Only jobs with this cause'),
    kind: nameInQuery().describe('Only jobs of this kind'),
    label: nameInQuery().describe('Only jobs with this label'),
    attempts: z.int().min(1).max(limits.maxAttempts).optional().describe('New attempts for each'),
    limit: z.int().min(1).max(MAX_BATCH).default(DEFAULT_LIMIT),
    cursor: nameInQuery().describe('`next` of the previous reply'),
  });
}

export const retryJobs = defineRoute({
  method: 'POST',
  path: '/v1/jobs/retry',
  name: 'retryManyJobs',
  group: 'Jobs',
  summary: 'Try many failed or cancelled jobs again',
  description:
    'Newest first. Each job keeps its id, kind, tenant, limits and earlier attempts, as with `POST /v1/jobs/{id}/retry`. Not changed, and listed in `left`: steps of a workflow, jobs whose `completeBy` has passed, and jobs that were tried again meanwhile. `next` is null when there are no more.',
  scope: 'control',
  body: { schema: bodySchema, optional: true, example: { state: 'failed', cause: 'provider', limit: 50 } },
  replies: { 200: { description: 'Which jobs are tried again, and which are not', schema: retriedSchema } },
  errors: ['outcome_unknown'],
  async handle(call, services) {
    const { attempts, limit, cursor, ...filter } = call.body;
    const tenant = tenantFilter(undefined, call.principal);
    call.keepOpen(PAGES_MOST * REPLY_WITHIN_MS);
    call.writes();
    const retried: string[] = [];
    const left: string[] = [];
    let next: string | null = cursor ?? null;
    for (let pages = 0; pages < PAGES_MOST && retried.length < limit; pages += 1) {
      const size = Math.min(PAGE, limit - retried.length);
      const from = next === null ? {} : { cursor: next };
      const page = await services.queue.list({ ...filter, ...from, tenant, limit: size });
      const done = await Promise.all(page.jobs.map((job) => retry(job, attempts, services)));
      for (const [i, job] of page.jobs.entries()) (done[i] === true ? retried : left).push(job.id);
      next = page.next;
      if (next === null) break;
    }
    return { status: 200, json: { retried, left, next } };
  },
});

/** A step is tried again only together with its workflow. */
async function retry(job: Job, attempts: number | undefined, { queue }: Services): Promise<boolean> {
  return job.workflow === null && (await queue.controls.retry(job.id as JobId, attempts)) === 'retried';
}
