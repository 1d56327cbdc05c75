import { submissionSchema, WORKFLOW_KIND } from '@leeway/contract';
import { estimateSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import { quoteWorkflow, type WorkflowQuote } from '../../quotes/workflow-quote.js';
import { admit } from './admission.js';

export const estimate = defineRoute({
  method: 'POST',
  path: '/v1/estimates',
  name: 'estimate',
  group: 'Estimates',
  summary: 'Estimate the deadline of a submission, without submitting it',
  description:
    'Takes the body of a submission, stores nothing, and shows the decision: the deadline, the expected duration and the reason, as figures and as a sentence.',
  scope: 'submit',
  body: {
    schema: submissionSchema,
    example: { kind: 'command', input: { argv: ['node', '-e', 'console.log("hello")'] } },
  },
  replies: { 200: { description: 'The estimate', schema: estimateSchema } },
  errors: [
    'unknown_kind',
    'unknown_provider',
    'command_not_allowed',
    'no_timeout_not_allowed',
    'env_not_allowed',
    'webhook_not_allowed',
  ],
  async handle(call, services) {
    const submission = await admit(call.body, call.principal, services);
    const quote =
      submission.kind === WORKFLOW_KIND
        ? quoteWorkflow(submission, call.principal, services)
        : services.quotes.quote(submission, call.principal).then((quoted) => ({ ...quoted, steps: undefined }));
    // An estimate needs no Redis, but without it a submission would be refused.
    const [{ jobClass, decision, steps }] = await Promise.all([quote, services.queue.ping()]);
    const startMs = services.clock.wallMs() + (submission.delayMs ?? 0) + (decision.queueMs ?? 0);
    const { expectedMs } = decision;
    const expected = {
      startAt: new Date(startMs).toISOString(),
      finishAt: expectedMs === null ? null : new Date(startMs + expectedMs).toISOString(),
    };
    return {
      status: 200,
      json: {
        ...{ class: jobClass.name, decision, expected },
        ...(steps === undefined ? {} : { steps: steps.map(stepEstimate) }),
      },
    };
  },
});

function stepEstimate({ class: className, quote, plan }: WorkflowQuote['steps'][number]) {
  return { name: plan.name, class: className, share: plan.share, decision: quote };
}
