import type { Webhook, WebhookState, WebhookStatus } from '@leeway/contract';
import { iso } from '../record/iso-time.js';
import type { JobRecord } from '../record/job-record.js';

/** Id of the delivery of one end of a job. The first end is 1; a job that is tried again may have more. */
export function deliveryId(job: string, end: number): string {
  return end === 1 ? `${job}.finished` : `${job}.finished.${end}`;
}

/** The webhook of a job and its delivery, without secrets in its address. */
export function webhookView(record: JobRecord): WebhookStatus | null {
  const webhook = record.json<Webhook>('webhook');
  if (webhook === undefined) return null;
  const state = (record.text('webhookState') ?? 'pending') as WebhookState;
  return {
    url: withoutQuery(webhook.url),
    events: webhook.events ?? ['finished'],
    state,
    delivery: state === 'pending' ? null : deliveryId(record.id, record.number('webhookEnd') ?? 1),
    attempts: record.number('webhookTries') ?? 0,
    lastError: record.text('webhookError') ?? null,
    nextAt: iso(record.number('webhookNextAt')),
    endedAt: iso(record.number('webhookEndedAt')),
  };
}

function withoutQuery(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}
