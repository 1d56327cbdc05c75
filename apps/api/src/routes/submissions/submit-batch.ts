import { describeIssues, knownFields, LeewayError, submissionSchema, type Policy } from '@leeway/contract';
import { z } from 'zod';
import { acceptSubmission, type SubmissionRequest } from './accept-submission.js';
import { checkedKey } from './idempotency.js';
import { forCallers, problemOf } from '../../http/middleware/problems.js';
import { batchReplySchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';

type BatchResult = z.input<typeof batchReplySchema>['results'][number];

/** Submissions of one batch that are on their way to Redis at once. */
const AT_ONCE = 50;

export const submitBatch = defineRoute({
  method: 'POST',
  path: '/v1/jobs/batch',
  name: 'submitBatch',
  group: 'Jobs',
  summary: 'Submit many jobs, each accepted or refused on its own',
  description:
    'Up to 1,000 submissions. The answer is 200 as soon as each of them has an answer of its own, also when all were refused.',
  scope: 'submit',
  headers: {
    'Idempotency-Key':
      'As with a single submission, for each submission by its place: sent again under the same key, those that were accepted are the same jobs, and the others are tried again.',
  },
  body: {
    schema: (policy) => z.strictObject({ jobs: z.array(submissionSchema(policy)).min(1).max(policy.api.maxBatch) }),
    example: { jobs: [{ kind: 'command', input: { argv: ['true'] } }] },
  },
  replies: { 200: { description: 'What became of each, in the order given', schema: batchReplySchema } },
  errors: ['invalid_idempotency_key'],
  async handle(call, services) {
    const bodies = batchOf(call.body, services.policy);
    const waves = Math.ceil(bodies.length / AT_ONCE);
    call.keepOpen(waves * services.policy.api.answerMs);
    call.writes();
    const idempotencyKey = checkedKey(call.header('idempotency-key'));
    const results: BatchResult[] = [];
    for (let from = 0; from < bodies.length; from += AT_ONCE) {
      const wave = bodies
        .slice(from, from + AT_ONCE)
        .map((body, i) =>
          resultOf({ body, principal: call.principal, writes: call.writes, idempotencyKey, place: from + i }, services),
        );
      results.push(...(await Promise.all(wave)));
      // With Redis away every further wave would only wait for its turn to fail.
      if (results.some(isStoreAway)) break;
    }
    const untried = new LeewayError(
      'store_unavailable',
      'Not tried: Redis stopped answering for the submissions before it.',
    );
    while (results.length < bodies.length) results.push({ status: untried.status, error: problemOf(untried, '') });
    return { status: 200, json: { results } };
  },
});

/** The submissions, not yet looked at: one that is wrong must not refuse the others. */
function batchOf(body: unknown, policy: Policy): unknown[] {
  const schema = z.strictObject({ jobs: z.array(z.unknown()).min(1).max(policy.api.maxBatch) });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data.jobs;
  const errors = describeIssues(parsed.error, body, (path) => knownFields(schema, path));
  throw new LeewayError(
    'invalid_request',
    errors.map((error) => `${error.path || 'body'}: ${error.message}`).join('; '),
    { errors },
  );
}

async function resultOf(request: SubmissionRequest, services: Services): Promise<BatchResult> {
  try {
    const { job } = await acceptSubmission(request, services);
    return { status: 202, job };
  } catch (error) {
    const shown = forCallers(error);
    if (shown.code === 'internal') services.log.error({ event: 'batch_item_failed', error }, shown.message);
    return { status: shown.status, error: problemOf(shown, '') };
  }
}

function isStoreAway(result: BatchResult): boolean {
  return 'error' in result && (result.error.code === 'store_unavailable' || result.error.code === 'outcome_unknown');
}
