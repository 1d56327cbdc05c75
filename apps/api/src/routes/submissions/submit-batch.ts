import { LeewayError, readAs, submissionSchema } from '@leeway/contract';
import { REPLY_WITHIN_MS } from '@leeway/runtime';
import { MAX_BATCH } from '../../calls/bounds.js';
import { z } from 'zod';
import { problemOf, publicError, INTERNAL_STATUS } from '../../calls/problem.js';
import { batchReplySchema, SUBMISSION_REFERENCE } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import type { Services } from '../../calls/services.js';
import { acceptSubmission, countRefused, type SubmissionRequest } from './accept-submission.js';
import { checkedKey } from './idempotency.js';

type BatchResult = z.input<typeof batchReplySchema>['results'][number];

/** Submissions of one batch that are stored at the same time. */
const AT_ONCE = 50;

export const submitBatch = defineRoute({
  method: 'POST',
  path: '/v1/jobs/batch',
  name: 'submitBatch',
  group: 'Jobs',
  summary: 'Submit many jobs, each accepted or refused on its own',
  description:
    'Up to 1,000 submissions. The reply is 200 as soon as each of them has a result, also when all were refused.',
  scope: 'submit',
  headers: {
    'Idempotency-Key':
      'As with a single submission, for each submission by its position: sent again under the same key, those that were accepted give the same jobs, and the others are tried again.',
  },
  body: {
    // The submissions are read one by one: an invalid one must not refuse the others.
    schema: () => z.strictObject({ jobs: z.array(z.unknown().meta(SUBMISSION_REFERENCE)).min(1).max(MAX_BATCH) }),
    example: { jobs: [{ kind: 'command', input: { argv: ['true'] } }] },
  },
  replies: { 200: { description: 'One result for each submission, in their order', schema: batchReplySchema } },
  errors: ['invalid_idempotency_key'],
  async handle(call, services) {
    const { jobs } = call.body;
    const { principal, writes } = call;
    const idempotencyKey = checkedKey(call.header('idempotency-key'));
    const waves = Math.ceil(jobs.length / AT_ONCE);
    call.keepOpen(waves * REPLY_WITHIN_MS);
    writes();
    const results: BatchResult[] = [];
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      const wave = jobs
        .slice(from, from + AT_ONCE)
        .map((body, i) => resultOf(body, { principal, writes, idempotencyKey, position: from + i }, services));
      results.push(...(await Promise.all(wave)));
      // With Redis away, every further wave would wait for its timeout.
      if (results.some(isStoreAway)) break;
    }
    const untried = new LeewayError(
      'store_unavailable',
      'Not tried: Redis stopped answering during the submissions before it.',
    );
    while (results.length < jobs.length) results.push({ status: untried.status, error: problemOf(untried, '') });
    return { status: 200, json: { results } };
  },
});

async function resultOf(
  body: unknown,
  request: Omit<SubmissionRequest, 'submission'>,
  services: Services,
): Promise<BatchResult> {
  try {
    const submission = readSubmission(body, services);
    const { job } = await acceptSubmission({ ...request, submission }, services);
    return { status: 202, job };
  } catch (error) {
    const shown = publicError(error);
    if (shown.status === INTERNAL_STATUS) services.log.error({ event: 'batch_item_failed', error }, shown.message);
    return { status: shown.status, error: problemOf(shown, '') };
  }
}

function readSubmission(body: unknown, services: Services) {
  try {
    return readAs(submissionSchema(services.policy), body);
  } catch (error) {
    countRefused(error, services);
    throw error;
  }
}

function isStoreAway(result: BatchResult): boolean {
  return 'error' in result && (result.error.code === 'store_unavailable' || result.error.code === 'outcome_unknown');
}
