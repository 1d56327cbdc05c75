import { createHash } from 'node:crypto';
import {
  DAY_MS,
  leastToStartMs,
  overallBoundMs,
  packDecision,
  streams,
  unpackDecision,
  type Decision,
  type JobId,
  type Policy,
} from '@leeway/contract';
import { keyPart } from '../redis/keys.js';
import { retentionArgs } from '../redis/retention-args.js';
import { JobRecord, type Spec } from '../record/job-record.js';
import type { NewJob, NewStep } from './new-job.js';

type Fields = [name: string, value: string | number | undefined][];

/** How much later than the clocks of the workers, beyond their grace, the sweep ends what they did not, in ms. */
const SLACK_MS = 2_000;

/** A new job as it is stored. */
export interface NewRecord {
  /** The arguments of submit.lua. */
  readonly args: readonly (string | number)[];
  /** The record that they make; not of a workflow, whose first steps the script starts. `submittedAtMs`: as the script replied. */
  readonly record: (submittedAtMs: number) => JobRecord;
}

/** Time that an Idempotency-Key is kept: longer than any sensible retry of a client. */
const IDEMPOTENCY_MS = DAY_MS;

export function newRecord(id: JobId, job: NewJob, policy: Policy): NewRecord {
  const { submission, principal, idempotency } = job;
  const { retention } = policy;
  const delayMs = submission.delayMs ?? 0;
  const idemKey =
    idempotency === undefined
      ? ''
      : createHash('sha256').update(`${principal.tenant}\0${idempotency.key}`).digest('hex');
  const state = delayMs > 0 ? 'scheduled' : 'queued';
  const fields = present([['v', 1], ['id', id], ...recordFields(job, policy), ...workflowFields(job, policy)]);
  const plan = job.workflow === undefined ? '' : JSON.stringify(job.workflow.steps.map((step) => step.plan));
  const args = [
    id,
    keyPart(principal.tenant),
    state,
    retention.maxWaiting,
    idemKey,
    IDEMPOTENCY_MS,
    idempotency?.bodyHash ?? '-',
    delayMs,
    ...retentionArgs(policy),
    ...[specText(job), plan, fields.length, ...fields],
    ...(job.workflow?.steps ?? []).flatMap((step) => {
      const values = present(stepFields(step, job, policy));
      return [specText(step), values.length, ...values];
    }),
  ];
  const record = (submittedAtMs: number) =>
    new JobRecord(
      id,
      [...fields, 'state', state, 'submittedAt', submittedAtMs, 'readyAt', submittedAtMs + delayMs].map(String),
      { spec: unquoted(job.submission), quote: stored(job.quote).read },
    );
  return { args, record };
}

/** What never changes, as one text: it is long, and read whole. */
function specText({ submission, quote }: Pick<NewJob, 'submission' | 'quote'>): string {
  return `${JSON.stringify(unquoted(submission)).slice(0, -1)},"quote":${stored(quote).text}}`;
}

function unquoted({ input, category, type, complexity, task, metadata }: NewJob['submission']): Spec {
  return { input: input ?? null, hints: { category, type, complexity, task }, metadata };
}

interface StoredQuote {
  readonly text: string;
  /** As whoever reads the record gets it. */
  readonly read: Decision;
}

const quotes = new WeakMap<Decision, StoredQuote>();

/** Jobs that are alike share a quote. */
function stored(quote: Decision): StoredQuote {
  let known = quotes.get(quote);
  if (known === undefined) {
    const packed = packDecision(quote);
    known = { text: JSON.stringify(packed), read: unpackDecision(packed) };
    quotes.set(quote, known);
  }
  return known;
}

function recordFields(job: Pick<NewJob, 'submission' | 'principal' | 'class' | 'queue'>, policy: Policy): Fields {
  const { submission: s, principal } = job;
  const completeBy = s.completeBy === undefined ? undefined : Date.parse(s.completeBy);
  const given = {
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
    ['label', s.label],
    ['tenant', principal.tenant],
    ['tenantKey', keyPart(principal.tenant)],
    ['tier', principal.tier],
    ['stream', streams(s) ? 1 : undefined],
    ['profile', s.profile],
    ['class', job.class],
    ['classKey', keyPart(job.class)],
    ['limits', Object.values(given).every((value) => value === undefined) ? undefined : JSON.stringify(given)],
    ['webhook', s.webhook === undefined ? undefined : JSON.stringify(s.webhook)],
    ['maxAttempts', s.attempts ?? policy.limits.attempts],
    ['priority', s.priority],
    ['onWorkerLost', s.onWorkerLost],
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
  const given = { overallMs: limits?.overallMs, mode, timeoutMs };
  const mostMs = overallBoundMs({ policy, tier: principal.tier, stream: streams(submission), limits: given });
  return mostMs === Infinity ? undefined : mostMs;
}

/** Results of steps that the result of a workflow repeats, so that a record stays small enough to list; the others stay with their steps. */
const WORKFLOW_RESULT_BYTES = 1024 * 1024;

function workflowFields({ submission, workflow }: NewJob, policy: Policy): Fields {
  if (workflow === undefined) return [];
  const { workflows, supervision } = policy;
  return [
    ['mode', submission.mode],
    ['totalMs', workflow.totalMs],
    ['continueMs', leastToStartMs(workflows)],
    ['resultBytes', WORKFLOW_RESULT_BYTES],
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

/** Name, value, ...; fields that are not set are left out. */
function present(fields: Fields): (string | number)[] {
  const values: (string | number)[] = [];
  for (const [name, value] of fields) if (value !== undefined) values.push(name, value);
  return values;
}
