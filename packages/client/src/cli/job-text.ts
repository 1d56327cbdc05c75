import {
  CAUSES,
  isFinal,
  isWithoutTimeout,
  type Attempt,
  type Job,
  type StepInfo,
  type WaitingFor,
  type WebhookStatus,
} from '@leeway/contract';
import { showDuration } from './duration.js';
import { printable } from './printable.js';

/** A job in a few lines: what it is, how it is doing or how it ended, each attempt, and why its deadline is what it is. */
export function jobText(job: Job): string[] {
  const lines = [`${job.id}  ${stateText(job)}`, `class      ${printable(job.class)}`];
  if (job.decision !== null) lines.push(`deadline   ${printable(job.decision.sentence.replace(/^Deadline /, ''))}`);
  if (job.waitingFor) lines.push(`waits for  ${waitText(job.waitingFor)}`);
  if (job.queuedMs !== null) lines.push(`waited     ${showDuration(job.queuedMs)}`);
  lines.push(...stepLines(job));
  lines.push(...job.attempts.map((attempt) => `attempt ${attempt.number}  ${attemptText(attempt)}`));
  if (job.error !== null && job.state !== 'succeeded')
    lines.push(`error      ${job.error.code}: ${printable(job.error.message)}${adviceText(job.error.advice)}`);
  if (job.webhook) lines.push(`webhook    ${webhookText(job.webhook)}`);
  if (job.savedMs !== null) lines.push(`saved      ${showDuration(job.savedMs)} against the static limit`);
  return lines;
}

/** `running`, or `failed: The attempt reached its deadline and was stopped.` */
export function stateText(job: Job): string {
  const late = job.late && !isFinal(job.state) ? ' (late)' : '';
  return job.cause === null ? job.state + late : `${job.state}: ${CAUSES[job.cause] ?? job.cause}`;
}

/** What a server that is older does not send. */
type WorkflowFields = Partial<Pick<Job, 'steps' | 'budget' | 'workflow'>>;

/** The steps of a workflow: where each is, and its time. */
function stepLines({ steps = null, budget = null, workflow = null }: WorkflowFields): string[] {
  if (workflow !== null) return [`step       ${printable(workflow.step)} of ${workflow.id}`];
  if (steps === null || budget === null) return [];
  const width = Math.max(...steps.map(({ name }) => name.length));
  return [
    `budget     ${showDuration(budget.spentMs)} of ${showDuration(budget.totalMs)} used${budget.mode === null ? '' : ` (mode ${budget.mode})`}`,
    ...steps.map((step) => `step       ${printable(step.name).padEnd(width)}  ${stepText(step)}`),
  ];
}

function stepText({ state, cause, usedMs, allocationMs, job }: StepInfo): string {
  const allowed = allocationMs === null ? '' : ` of ${showDuration(allocationMs)}`;
  const used =
    usedMs === null
      ? allowed === ''
        ? ''
        : `, may use${allowed.replace(' of', '')}`
      : ` after ${showDuration(usedMs)}${allowed}`;
  return `${state}${used}${cause === null ? '' : ` (${cause})`}${job === null ? '' : `  ${job}`}`;
}

/** `openai, parked until 2026-11-21T10:00:00.000Z: it answered 429` */
function waitText({ provider, state, until, reason }: WaitingFor): string {
  const when = until === null ? '' : ` until ${until}`;
  return `${printable(provider)}, ${state}${when}${reason === null ? '' : `: ${printable(reason)}`}`;
}

/** `given_up, 10 tries: it answered 500` */
function webhookText({ state, attempts, lastError }: WebhookStatus): string {
  return `${state}, ${attempts === 1 ? '1 try' : `${attempts} tries`}${lastError === null ? '' : `: ${printable(lastError)}`}`;
}

function attemptText(attempt: Attempt): string {
  const took = attempt.durationMs === null ? 'running' : `${attempt.outcome} after ${showDuration(attempt.durationMs)}`;
  const { decision } = attempt;
  const unlimited = decision !== null && isWithoutTimeout(decision);
  const allowedMs = attempt.allowedMs ?? decision?.deadlineMs ?? null;
  const extended = decision !== null && allowedMs !== null && allowedMs - decision.deadlineMs > 1;
  const atFirst = extended ? `, ${showDuration(decision.deadlineMs)} at first` : '';
  const allowed = unlimited
    ? ' without a timeout'
    : allowedMs === null
      ? ''
      : ` of ${showDuration(allowedMs)} allowed${atFirst}`;
  const cause = attempt.cause === null ? '' : ` (${attempt.cause})`;
  return `${took}${allowed}${cause} on ${printable(attempt.worker)}`;
}

function adviceText(advice: string | undefined): string {
  return advice === undefined ? '' : ` ${printable(advice)}`;
}
