import { createHash } from 'node:crypto';
import { overallBoundMs, streams, type JobId, type Policy } from '@leeway/contract';
import { keyPart } from '../redis/keys.js';
import { retentionArgs } from '../redis/retention-args.js';
import type { NewJob, NewStep } from './verbs.js';

type Fields = [name: string, value: string | number | undefined][];

/** The workers' clocks come first: so much later, in ms beyond their grace, the sweep ends what they did not. */
const SLACK_MS = 2_000;

/** The arguments of submit.lua for a new job: where it goes, what bounds it, and the fields of its record and of its steps'. */
export function submitArgs(id: JobId, job: NewJob, policy: Policy): (string | number)[] {
  const { submission, principal, idempotency } = job;
  const { retention } = policy;
  const delayMs = submission.delayMs ?? 0;
  const idemKey =
    idempotency === undefined
      ? ''
      : createHash('sha256').update(`${principal.tenant}\0${idempotency.key}`).digest('hex');
  return [
    id,
    keyPart(principal.tenant),
    delayMs > 0 ? 'scheduled' : 'queued',
    retention.maxWaiting,
    idemKey,
    retention.idempotencyMs,
    idempotency?.bodyHash ?? '-',
    delayMs,
    ...retentionArgs(policy),
    ...counted([['v', 1], ['id', id], ...recordFields(job, policy), ...workflowFields(job, policy)]),
    ...(job.workflow?.steps ?? []).flatMap((step) => counted(stepFields(step, job, policy))),
  ];
}

function recordFields(
  job: Pick<NewJob, 'submission' | 'principal' | 'class' | 'quote' | 'queue'>,
  policy: Policy,
): Fields {
  const { submission: s, principal, quote } = job;
  const completeBy = s.completeBy === undefined ? undefined : Date.parse(s.completeBy);
  const stated = {
    timeoutMs: s.timeoutMs,
    ...s.limits,
    mode: s.mode,
    completeBy: s.completeBy,
    delayMs: s.delayMs,
    onWorkerLost: s.onWorkerLost,
    overlap: s.overlap,
    monitor: s.monitor,
  };
  return [
    ['kind', s.kind],
    ['queue', job.queue],
    ['label', s.label ?? ''],
    ['tenant', principal.tenant],
    ['tenantKey', keyPart(principal.tenant)],
    ['tier', principal.tier],
    ['stream', streams(s) ? 1 : 0],
    ['profile', s.profile],
    ['hints', JSON.stringify({ category: s.category, type: s.type, complexity: s.complexity, task: s.task })],
    ['class', job.class],
    ['classKey', keyPart(job.class)],
    ['input', JSON.stringify(s.input ?? null)],
    ['limits', JSON.stringify(stated)],
    ['quote', JSON.stringify(quote)],
    ['webhook', s.webhook === undefined ? undefined : JSON.stringify(s.webhook)],
    ['metadata', s.metadata === undefined ? undefined : JSON.stringify(s.metadata)],
    ['maxAttempts', s.attempts ?? policy.limits.attempts],
    ['priority', s.priority ?? 0],
    ['onWorkerLost', s.onWorkerLost ?? 'retry'],
    ['queueMs', s.limits?.queueMs],
    ['overallMs', overallMs(job, policy)],
    ['completeBy', completeBy],
  ];
}

function overallMs(
  { submission, principal }: Pick<NewJob, 'submission' | 'principal'>,
  policy: Policy,
): number | undefined {
  const { limits, mode, timeoutMs } = submission;
  const stated = { overallMs: limits?.overallMs, mode, timeoutMs };
  const mostMs = overallBoundMs({ policy, tier: principal.tier, stream: streams(submission), limits: stated });
  return mostMs === Infinity ? undefined : mostMs;
}

function workflowFields({ submission, workflow }: NewJob, policy: Policy): Fields {
  if (workflow === undefined) return [];
  const { workflows, supervision } = policy;
  return [
    ['plan', JSON.stringify(workflow.steps.map(({ plan }) => plan))],
    ['mode', submission.mode],
    ['totalMs', workflow.totalMs],
    ['continueMs', workflows.continueMs],
    ['resultBytes', workflows.resultBytes],
    ['slackMs', supervision.graceMs + SLACK_MS],
  ];
}

function stepFields(step: NewStep, { principal }: NewJob, policy: Policy): Fields {
  const { name, ofRest, behind } = step.plan;
  const { submission } = step;
  return [
    ['v', 1],
    ...recordFields({ ...step, principal }, policy),
    ['stepName', name],
    ['ofRest', ofRest],
    ['behind', behind],
    ['attemptsGiven', submission.attempts ?? policy.limits.attempts],
  ];
}

/** How many values there are, then name, value, ...; what is not set is left out. */
function counted(fields: Fields): (string | number)[] {
  const present = fields.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return [present.length, ...present];
}
