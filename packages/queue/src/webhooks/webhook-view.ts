import type { Webhook, WebhookState, WebhookStatus } from '@leeway/contract';
import { iso } from '../jobs/iso-time.js';
import type { JobRecord } from '../jobs/job-record.js';

/** Id of the delivery that tells of an end of a job; the first is 1, and a job that is tried again may have more. */
export function deliveryId(job: string, end: number): string {
  return end === 1 ? `${job}.finished` : `${job}.finished.${end}`;
}

/** Who is told of the end of a job, and how far that is. */
export function webhookView(record: JobRecord): WebhookStatus | null {
  const webhook = record.json<Webhook>('hook');
  if (webhook === undefined) return null;
  const state = (record.text('hookState') ?? 'pending') as WebhookState;
  return {
    url: withoutQuery(webhook.url),
    events: webhook.events ?? ['finished'],
    state,
    delivery: state === 'pending' ? null : deliveryId(record.id, record.number('hookEnd') ?? 1),
    attempts: record.number('hookTries') ?? 0,
    lastError: record.text('hookError') ?? null,
    nextAt: iso(record.number('hookNextAt')),
    endedAt: iso(record.number('hookEndedAt')),
  };
}

function withoutQuery(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
