import {
  countText,
  durationText,
  CAUSES,
  type Job,
  type Outcome,
  type WaitingFor,
  type WebhookState,
  type WebhookStatus,
} from '@leeway/contract';
import { stateBadge } from '../html/badge.js';
import { markup, type Markup, type MarkupValue } from '../html/markup.js';
import { dateTime } from '../html/time-text.js';
import { PROVIDER_STATES } from './providers-section.js';

/** State, progress in a sentence, cause and error. */
export function jobSummary(job: Job): Markup {
  const why = job.cause !== null && markup`<p class="why">${CAUSES[job.cause]}</p>`;
  const late = job.late && job.finishedAt === null && markup` <strong>It is late.</strong>`;
  return markup`<p class="state">${stateBadge(job.state)} ${sentence(job)}${late}</p>${why}${errorBlock(job)}`;
}

function sentence(job: Job): string {
  if (job.steps !== null) return workflowSentence(job.steps);
  const ran = job.attempts.at(-1);
  if (job.finishedAt !== null && ran !== undefined) {
    const saved =
      job.savedMs !== null && job.savedMs > 0
        ? ` That is ${durationText(job.savedMs)} earlier than the fixed limit would have been.`
        : '';
    return `It ended with attempt ${ran.number}, which took ${durationText(ran.durationMs ?? 0)}.${saved}`;
  }
  if (job.finishedAt !== null) return 'It ended before it was started.';
  if (job.waitingFor !== null) return waitText(job.waitingFor);
  if (ran !== undefined && ran.endedAt === null) return `Attempt ${ran.number} started${waitedText(job)}.`;
  if (job.state === 'paused') return 'It is not started before it is resumed.';
  if (ran !== undefined) return `Attempt ${ran.number} has ended; waiting for the next one.`;
  return job.state === 'scheduled' ? startText(job.expected.startAt) : 'Waiting for a worker.';
}

/** The queue wait belongs to the first attempt. */
function waitedText({ attempts, queuedMs }: Job): string {
  return queuedMs === null || attempts.length > 1 ? '' : ` after ${durationText(queuedMs)} in the queue`;
}

function startText(startAt: string | null): string {
  return startAt === null ? 'Waiting for its start time.' : `Waiting for its start time, ${utcText(startAt)}.`;
}

function utcText(iso: string): string {
  return `${iso.slice(0, 'yyyy-mm-ddTHH:MM:SS'.length).replace('T', ' ')} UTC`;
}

function workflowSentence(steps: NonNullable<Job['steps']>): string {
  const over = steps.filter(({ endedAt, state }) => endedAt !== null || state === 'skipped').length;
  const running = steps.filter(({ state }) => state === 'running').map(({ name }) => name);
  return `${over} of ${countText(steps.length, 'step')} ${over === 1 ? 'has' : 'have'} ended${running.length === 0 ? '' : `; running: ${running.join(', ')}`}.`;
}

function waitText({ provider, state, until, reason }: WaitingFor): string {
  const when = until === null ? '' : ` until ${utcText(until)}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `Waiting for the provider ${provider}, which takes no calls now (${PROVIDER_STATES[state].text}${when}${why}).`;
}

function errorBlock({ error }: Job): Markup | null {
  if (error === null) return null;
  const advice = error.advice !== undefined && markup`<p class="muted">${error.advice}</p>`;
  return markup`<pre class="error"><code>${error.code}: ${error.message}</code></pre>${advice}`;
}

/** Identity, settings and times of a job. */
export function jobFacts(job: Job): Markup {
  const facts: [string, MarkupValue][] = [
    ['Id', markup`<code>${job.id}</code>`],
    ['Class', markup`<code>${job.class}</code>`],
    ['Kind', job.kind],
    ['Label', job.label ?? '—'],
    ['Tenant, tier', `${job.tenant}, ${job.tier}${job.stream ? ', streaming' : ''}`],
    ['Priority', String(job.priority)],
    ...(job.steps === null
      ? ([
          ['Attempts', attemptsText(job)],
          ['Workers lost', String(job.losses)],
        ] satisfies [string, MarkupValue][])
      : []),
    ['Submitted', dateTime(job.submittedAt)],
    ['Started', job.startedAt === null ? '—' : dateTime(job.startedAt)],
    ['Ended', job.finishedAt === null ? '—' : dateTime(job.finishedAt)],
    ['Waited', job.queuedMs === null ? '—' : durationText(job.queuedMs)],
    ...(job.webhook === null ? [] : ([['Webhook', webhookText(job.webhook)]] satisfies [string, MarkupValue][])),
  ];
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Attempts that were lost, released or deferred do not count. */
function attemptsText({ attempts, maxAttempts }: Job): string {
  const free = attempts.filter(({ outcome }) => outcome !== null && UNCOUNTED.includes(outcome)).length;
  const counted = `${attempts.length - free} of at most ${maxAttempts}`;
  return free === 0 ? counted : `${counted}, and ${free} more that ended because of the worker or the provider`;
}

function webhookText({ url, state, attempts, lastError }: WebhookStatus): string {
  const tries = attempts === 0 ? '' : ` after ${countText(attempts, 'try', 'tries')}`;
  return `${WEBHOOK_STATES[state]}${tries}: ${url}${lastError === null ? '' : ` (${lastError})`}`;
}

const WEBHOOK_STATES: Record<WebhookState, string> = {
  pending: 'sent when the job ends',
  waiting: 'being sent',
  delivered: 'delivered',
  given_up: 'given up',
};

const UNCOUNTED: readonly Outcome[] = ['lost', 'released', 'deferred'];
