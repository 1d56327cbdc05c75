import { z } from 'zod';
import { isoTime } from '../format/iso-time.js';

/** Current content of a stream, classified by its text. */
export const INTENTS = [
  'code',
  'explanation',
  'list',
  'thinking',
  'tool',
  'error',
  'completion',
  'continuation',
] as const;
export type Intent = (typeof INTENTS)[number];

/** An attempt that waits for a person; all its clocks are stopped, except completeBy. */
export const waitingSchema = z.object({
  since: isoTime,
  reason: z.string().nullable().describe('What it waits for, as the handler reports it'),
});
export type Waiting = z.output<typeof waitingSchema>;

/** The current phase of an attempt. */
export const phaseSchema = z.object({
  name: z.string(),
  number: z.int().describe('Counted from 1'),
  of: z.int(),
  startedAtMs: z.number().describe('Milliseconds after the start of the attempt, without pauses'),
  windowMs: z.number().describe('Usual time until the next phase; not a limit'),
});
export type Phase = z.output<typeof phaseSchema>;

/** Findings of the monitor in the stream of an attempt, and their effects. */
export const monitorSchema = z.object({
  intent: z.enum(INTENTS).nullable().describe('What the stream contains; null: too little text to classify'),
  confidence: z.number().min(0).max(1).describe('Share of the recent evidence for that'),
  advice: z
    .enum(['keep', 'extend', 'shorten', 'stop'])
    .describe('The conclusion from the stream at this moment; the fields below have the effects'),
  reason: z.string().describe('The reason for the advice'),
  stuck: z
    .object({ what: z.enum(['repeated_text', 'repeated_tool_call']), forMs: z.number() })
    .nullable()
    .describe('The output repeats itself, and since how long; null: it does not'),
  extensions: z.int().describe('How often the monitor extended the deadline'),
  extendedMs: z.number().describe('By how much in total'),
  idleMs: z.number().nullable().describe('The shortened idle window; null: as decided'),
});
export type MonitorView = z.output<typeof monitorSchema>;

/** The progress of an attempt: published at least every `supervision.progressEveryMs`, whatever its handler does. */
export const progressSchema = z.object({
  value: z.unknown().describe('The last value that the handler reported'),
  elapsedMs: z.number().describe('Since the start of the attempt, without pauses'),
  expectedMs: z.number().nullable(),
  remainingMs: z
    .number()
    .nullable()
    .describe('Half of the runs that have run as long need no longer; null: no history yet'),
  deadlineMs: z.number(),
  percent: z.number().nullable().describe('Never 100 before the end; null: unknown'),
  percentIs: z
    .enum(['reported', 'estimated'])
    .nullable()
    .describe(
      'reported: by the handler (percent, or done and of). estimated: elapsed time divided by the usual duration',
    ),
  phase: phaseSchema.nullable(),
  notice: z
    .object({ what: z.enum(['thinking', 'tool', 'silent', 'waiting']), forMs: z.number() })
    .nullable()
    .describe('Why there has been no output for a while'),
});
export type ProgressReport = z.output<typeof progressSchema>;
