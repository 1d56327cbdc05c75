import {
  limitsFor,
  type Policy,
  streams,
  type Decision,
  type Submission,
  type WorkflowInput,
  type WorkflowStep,
} from '@leeway/contract';
import { classify, type JobClass, stepShares, workflowDecision } from '@leeway/estimator';
import { type Principal, type NewStep, queueName } from '@leeway/queue';
import type { Quotes } from './quotes.js';

/** The estimate for a workflow: its class and total time, and each step as a job with its share of that time. */
export interface WorkflowQuote {
  jobClass: JobClass;
  decision: Decision;
  steps: NewStep[];
}

/** Quotes every step and splits the time. Without history the shares are those of the policy; never throws for that. */
export async function quoteWorkflow(
  submission: Submission,
  principal: Principal,
  { quotes, policy }: { quotes: Pick<Quotes, 'quote'>; policy: Policy },
): Promise<WorkflowQuote> {
  const { steps } = submission.input as WorkflowInput;
  const jobs = steps.map((step) => jobOfStep(step, submission));
  const quoted = await Promise.all(jobs.map((job) => quotes.quote(job, principal)));
  const shared = steps.map((step, i) => ({ ...step, expectedMs: quoted[i]?.decision.expectedMs }));
  const mode = policy.modes[submission.mode ?? ''];
  const shares = stepShares(shared, mode?.criticalShare ?? policy.workflows.criticalShare);
  const overallMs = submission.limits?.overallMs;
  const tierMs = limitsFor({ policy, tier: principal.tier, stream: streams(submission) }).overallMs;
  const decision = workflowDecision({
    steps: shared,
    limits: [
      ...(mode === undefined ? [] : [{ name: 'mode' as const, limitMs: mode.totalMs }]),
      ...(overallMs === undefined ? [] : [{ name: 'overall' as const, limitMs: overallMs }]),
      ...(tierMs === null ? [] : [{ name: 'tier' as const, limitMs: tierMs }]),
      { name: 'policy_max', limitMs: policy.limits.maxOverallMs },
    ],
    asked: mode !== undefined || overallMs !== undefined,
    policyVersion: policy.version,
  });
  const planned = steps.map((step, i): NewStep => {
    const { jobClass, decision: quote } = quoted[i] as Awaited<ReturnType<Quotes['quote']>>;
    const job = jobs[i] as Submission;
    const plan = { ...placeOf(step, steps), class: jobClass.name, ...(shares[i] as (typeof shares)[number]) };
    return { submission: job, class: jobClass.name, quote, queue: queueName(job, policy), plan };
  });
  return { jobClass: classify(submission), decision, steps: planned };
}

/** A step as a submission of its own; the fields of the workflow that concern all its work apply to each step. */
function jobOfStep(step: WorkflowStep, whole: Submission): Submission {
  const { kind, input, label, timeoutMs, limits, attempts, stream, webhook } = step;
  return {
    ...{ kind, input, label, timeoutMs, limits, attempts, stream, webhook },
    priority: whole.priority,
    completeBy: whole.completeBy,
    onWorkerLost: step.onWorkerLost ?? whole.onWorkerLost,
    overlap: step.overlap ?? whole.overlap,
  };
}

function placeOf(step: WorkflowStep, steps: readonly WorkflowStep[]) {
  const { name, kind, needs = [], critical = false, onFailure = 'fail' } = step;
  const positions = needs.map((need) => steps.findIndex((other) => other.name === need) + 1);
  return { name, kind, critical, onFailure, needs: [...new Set(positions)] };
}
