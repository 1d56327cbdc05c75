import { z } from 'zod';

/** Events that a webhook can receive. */
export const WEBHOOK_EVENTS = ['finished'] as const;

export const WEBHOOK_STATES = ['pending', 'waiting', 'delivered', 'given_up'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** State of the delivery, as the job shows it. */
export const webhookStatusSchema = z.object({
  url: z.string().describe('Without its query, which may hold secrets'),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  state: z
    .enum(WEBHOOK_STATES)
    .describe('pending: the job has not ended. waiting: the delivery is under way. Otherwise its result'),
  delivery: z.string().nullable().describe('Id of the delivery, the same in every try; null: the job has not ended'),
  attempts: z.int().describe('Number of tries'),
  lastError: z.string().nullable().describe('Why the last try failed'),
  nextAt: z.iso.datetime().nullable().describe('Time of the next try at the latest'),
  endedAt: z.iso.datetime().nullable().describe('When it was delivered or given up'),
});
export type WebhookStatus = z.output<typeof webhookStatusSchema>;
