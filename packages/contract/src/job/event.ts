import { z } from 'zod';
import { isoTime } from '../format/iso-time.js';

/** An event of a job, as server-sent events deliver it. */
export const eventSchema = z.object({
  id: z.string(),
  type: z.enum([
    'submitted',
    'started',
    'output',
    'progress',
    'extended',
    'phase',
    'monitor',
    'marker',
    'waiting',
    'late',
    'attempt_ended',
    'retrying',
    'lost',
    'released',
    'deferred',
    'cancel_requested',
    'pause_requested',
    'paused',
    'resumed',
    'limits_changed',
    'step_queued',
    'step_started',
    'step_extended',
    'step_ended',
    'retried',
    'finished',
    'webhook_ended',
  ]),
  at: isoTime,
  attempt: z.int().nullable(),
  data: z.unknown(),
});
export type JobEvent = z.output<typeof eventSchema>;
export type JobEventType = JobEvent['type'];
