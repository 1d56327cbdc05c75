import {
  CAUSES,
  controlsOf,
  countText,
  durationText,
  isFinal,
  isWithoutTimeout,
  type Attempt,
  type Job,
  type StepInfo,
  type WaitingFor,
  type WebhookStatus,
} from '@leeway/contract';
import { printable } from './printable.js';

/** A job in a few lines: its state, why its deadline is what it is, each attempt, and what can be done with it. */
export function jobText(job: Job, nowMs: number): string[] {
  const { id, decision, waitingFor, queuedMs, error, webhook, savedMs } = job;
  const controls = controlsOf(job, nowMs);
  return [
    `${id}  ${stateText(job)}`,
    `class      ${printable(job.class)}`,
    ...(decision === null ? [] : [`deadline   ${printable(decision.sentence.replace(/^Deadline /, ''))}`]),
    ...(waitingFor === null ? [] : [`waits for  ${waitText(waitingFor)}`]),
    ...(queuedMs === null ? [] : [`waited     ${durationText(queuedMs)}`]),
    ...stepLines(job),
    ...job.attempts.map((attempt) => `attempt ${attempt.number}  ${attemptText(attempt)}`),
    ...(error === null || job.state === 'succeeded' ? [] : [`error      ${errorText(error)}`]),
    ...(webhook === null ? [] : [`webhook    ${webhookText(webhook)}`]),
    ...(savedMs === null ? [] : [`saved      ${durationText(savedMs)} against the static limit`]),
    ...(controls.length === 0 ? [] : [`controls   ${controls.join(', ')}`]),
  ];
}

/** `running`, or `failed: The attempt reached its deadline and was stopped.` */
export function stateText(job: Job): string {
  const late = job.late && !isFinal(job.state) ? ' (late)' : '';
  return job.cause === null ? job.state + late : `${job.state}: ${CAUSES[job.cause]}`;
}

/** The steps of a workflow with their state and time; of a step the workflow that it belongs to. */
function stepLines({ steps, budget, workflow }: Job): string[] {
  if (workflow !== null) return [`step       ${printable(workflow.step)} of ${workflow.id}`];
  if (steps === null || budget === null) return [];
  const width = Math.max(...steps.map(({ name }) => name.length));
  return [
    `budget     ${durationText(budget.spentMs)} of ${durationText(budget.totalMs)} used${budget.mode === null ? '' : ` (mode ${budget.mode})`}`,
    ...steps.map((step) => `step       ${printable(step.name).padEnd(width)}  ${stepText(step)}`),
  ];
}

function stepText(step: StepInfo): string {
  const { state, cause, job } = step;
  return `${state}${stepTime(step)}${cause === null ? '' : ` (${cause})`}${job === null ? '' : `  ${job}`}`;
}

function stepTime({ usedMs, allocationMs }: StepInfo): string {
  const allowed = allocationMs === null ? null : durationText(allocationMs);
  if (usedMs === null) return allowed === null ? '' : `, may use ${allowed}`;
  return ` after ${durationText(usedMs)}${allowed === null ? '' : ` of ${allowed}`}`;
}

/** `openai, parked until 2026-11-21T10:00:00.000Z: it answered 429` */
function waitText({ provider, state, until, reason }: WaitingFor): string {
  const when = until === null ? '' : ` until ${until}`;
  return `${printable(provider)}, ${state}${when}${reason === null ? '' : `: ${printable(reason)}`}`;
}

/** `given_up, 10 tries: it answered 500` */
function webhookText({ state, attempts, lastError }: WebhookStatus): string {
  return `${state}, ${countText(attempts, 'try', 'tries')}${lastError === null ? '' : `: ${printable(lastError)}`}`;
}

function attemptText(attempt: Attempt): string {
  const { durationMs, outcome, cause, worker } = attempt;
  const took = durationMs === null ? 'running' : `${outcome} after ${durationText(durationMs)}`;
  return `${took}${allowance(attempt)}${cause === null ? '' : ` (${cause})`} on ${printable(worker)}`;
}

/** ` of 40 s allowed, 24 s at first` */
function allowance({ decision, allowedMs: allowed }: Attempt): string {
  if (decision !== null && isWithoutTimeout(decision)) return ' without a timeout';
  const allowedMs = allowed ?? decision?.deadlineMs ?? null;
  if (allowedMs === null) return '';
  const extended = decision !== null && allowedMs - decision.deadlineMs > 1;
  return ` of ${durationText(allowedMs)} allowed${extended ? `, ${durationText(decision.deadlineMs)} at first` : ''}`;
}

function errorText({ code, message, advice }: NonNullable<Job['error']>): string {
  return `${code}: ${printable(message)}${advice === undefined ? '' : ` ${printable(advice)}`}`;
}
