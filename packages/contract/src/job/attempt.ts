import { z } from 'zod';
import { isoTime } from '../format/iso-time.js';
import { CAUSE_NAMES, OUTCOMES } from './cause.js';
import { decisionSchema } from './decision.js';
import { monitorSchema, phaseSchema, waitingSchema } from './stream.js';

/** One run of the job by one worker. */
export const attemptSchema = z.object({
  number: z.int(),
  worker: z.string(),
  startedAt: isoTime,
  endedAt: isoTime.nullable(),
  durationMs: z.number().nullable(),
  deadlineAt: isoTime.nullable().describe('When it is ended; later after an extension'),
  allowedMs: z
    .number()
    .nullable()
    .describe(
      'How long it may take, or could have taken: the deadline of its decision with all extensions, without pauses',
    ),
  heartbeatAt: isoTime.nullable().describe('The last heartbeat of its worker for it'),
  outcome: z.enum(OUTCOMES).nullable(),
  cause: z.enum(CAUSE_NAMES).nullable(),
  decision: decisionSchema.nullable(),
  partial: z.boolean().describe('The attempt was ended; its output is kept and not merged with that of later attempts'),
  waiting: waitingSchema.nullable().describe('It waits for a person; null: it does not'),
  phase: phaseSchema.nullable().describe('Its current or last phase; null: it has no phases'),
  monitor: monitorSchema
    .nullable()
    .describe('Findings of the monitor in its output; null: the output is not monitored'),
});
export type Attempt = z.output<typeof attemptSchema>;
