import {
  CAUSE_NAMES,
  describeIssues,
  knownFields,
  LeewayError,
  type Job,
  type JobId,
  type Policy,
} from '@leeway/contract';
import { z } from 'zod';
import { retriedSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';
import { tenantFilter } from '../../calls/principal.js';

const DEFAULT_LIMIT = 100;
/** Pages looked at for one call, at most: a rare label must not read the whole store. The reply says where to go on. */
const PAGES_MOST = 10;
const PAGE = 100;
const name = z.string().min(1).max(200);

function bodySchema(policy: Policy) {
  return z.strictObject({
    state: z.enum(['failed', 'cancelled']).default('failed').describe('Jobs that ended like this'),
    cause: z.enum(CAUSE_NAMES).optional().describe('Only jobs with this cause'),
    kind: name.optional().describe('Only jobs of this kind'),
    label: name.optional().describe('Only jobs with this label'),
    attempts: z.int().min(1).max(policy.limits.maxAttempts).optional().describe('New attempts for each'),
    limit: z.int().min(1).max(policy.api.maxBatch).default(Math.min(DEFAULT_LIMIT, policy.api.maxBatch)),
    cursor: z.string().min(1).max(200).optional().describe('`next` of the call before'),
  });
}
type Wanted = z.output<ReturnType<typeof bodySchema>>;

export const retryJobs = defineRoute({
  method: 'POST',
  path: '/v1/jobs/retry',
  name: 'retryManyJobs',
  group: 'Jobs',
  summary: 'Try many failed or cancelled jobs again',
  description:
    'Newest first. Each keeps its id, kind, tenant, limits and earlier attempts, as with `POST /v1/jobs/{id}/retry`. Jobs that somebody else has tried again meanwhile, whose `completeBy` has passed, or that are steps of a workflow are left as they are and named. `next` is null when there are no more.',
  scope: 'control',
  body: { schema: bodySchema, optional: true, example: { state: 'failed', cause: 'provider', limit: 50 } },
  replies: { 200: { description: 'What became of them', schema: retriedSchema } },
  errors: ['outcome_unknown'],
  async handle(call, services) {
    const wanted = wantedOf(call.body ?? {}, services.policy);
    const tenant = tenantFilter(undefined, call.principal);
    call.keepOpen(PAGES_MOST * services.policy.api.answerMs);
    call.writes();
    const retried: string[] = [];
    const left: string[] = [];
    let next: string | null = wanted.cursor ?? null;
    for (let pages = 0; pages < PAGES_MOST && retried.length < wanted.limit; pages += 1) {
      const filter = { ...pick(wanted), tenant, limit: Math.min(PAGE, wanted.limit - retried.length) };
      const page = await services.queue.list({ ...filter, ...(next === null ? {} : { cursor: next }) });
      const done = await Promise.all(page.jobs.map((job) => retry(job, wanted.attempts, services)));
      for (const [i, job] of page.jobs.entries()) (done[i] === true ? retried : left).push(job.id);
      next = page.next;
      if (next === null) break;
    }
    return { status: 200, json: { retried, left, next } };
  },
});

function pick({ state, cause, kind, label }: Wanted): Pick<Wanted, 'state' | 'cause' | 'kind' | 'label'> {
  return { state, cause, kind, label };
}

/** A step of a workflow is tried again by its workflow only. */
async function retry(job: Job, attempts: number | undefined, { queue }: Services): Promise<boolean> {
  return job.workflow === null && (await queue.retry(job.id as JobId, attempts)) === 'retried';
}

function wantedOf(body: unknown, policy: Policy): Wanted {
  const schema = bodySchema(policy);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = describeIssues(parsed.error, body, (path) => knownFields(schema, path));
  throw new LeewayError(
    'invalid_request',
    errors.map((error) => `${error.path || 'body'}: ${error.message}`).join('; '),
    { errors },
  );
}
