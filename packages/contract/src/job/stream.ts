import { z } from 'zod';

/** What a stream is doing, as far as its text tells. */
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

const isoTime = z.iso.datetime().describe('UTC, ISO 8601');

/** An attempt that waits for a person; its clocks stand, all but completeBy. */
export const waitingSchema = z.object({
  since: isoTime,
  reason: z.string().nullable().describe('What it waits for, in its own words'),
});
export type Waiting = z.output<typeof waitingSchema>;

/** Where in its phases an attempt is. */
export const phaseSchema = z.object({
  name: z.string(),
  number: z.int().describe('Counted from 1'),
  of: z.int(),
  startedAtMs: z.number().describe('Milliseconds after the start of the attempt, without the time its clocks stood'),
  windowMs: z.number().describe('How long it may take before the next one begins; nothing ends with it'),
});
export type Phase = z.output<typeof phaseSchema>;

/** What was read in the stream of an attempt, and what that did. */
export const monitorSchema = z.object({
  intent: z.enum(INTENTS).nullable().describe('What the stream is doing; null: too little was said to tell'),
  confidence: z.number().min(0).max(1).describe('Share of the evidence of late that speaks for it'),
  advice: z
    .enum(['keep', 'extend', 'shorten', 'stop'])
    .describe('What the stream speaks for at this moment; what was done is in the fields below'),
  reason: z.string().describe('The advice in words'),
  stuck: z
    .object({ what: z.enum(['repeated_text', 'repeated_tool_call']), forMs: z.number() })
    .nullable()
    .describe('It repeats itself, and for how long it has'),
  extensions: z.int().describe('How often it moved the deadline'),
  extendedMs: z.number().describe('By how much in all'),
  idleMs: z.number().nullable().describe('The idle window it has shortened for now; null: as decided'),
});
export type MonitorView = z.output<typeof monitorSchema>;

/** How far an attempt is: said at least every `supervision.progressEveryMs`, whatever its handler does. */
export const progressSchema = z.object({
  value: z.unknown().describe('What the handler reported last'),
  elapsedMs: z.number().describe('Since the start of the attempt, without the time its clocks stood'),
  expectedMs: z.number().nullable(),
  remainingMs: z
    .number()
    .nullable()
    .describe('Half of the runs that got this far need no longer; null: nothing learned yet'),
  deadlineMs: z.number(),
  percent: z.number().nullable().describe('Never 100 before the end; null: nobody can say'),
  percentIs: z
    .enum(['reported', 'estimated'])
    .nullable()
    .describe('reported: by the handler (percent, or done and of). estimated: elapsed over what runs like it take'),
  phase: phaseSchema.nullable(),
  notice: z
    .object({ what: z.enum(['thinking', 'tool', 'silent', 'waiting']), forMs: z.number() })
    .nullable()
    .describe('Why nothing is to be seen for a while'),
});
export type ProgressReport = z.output<typeof progressSchema>;
