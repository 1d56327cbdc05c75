import { z } from 'zod';

/**
 * Length of a ring: the newest results of each level of a class. Between 100 and 1,000 the measured cost hardly differs; 200
 * take less than 4 kB.
 */
export const RING_LENGTH = 200;

/** First line of a file of observations: its format and version. */
export const HISTORY_FILE = { format: 'leeway-history', version: 1 } as const;

/** No observation is longer: 366 days. */
const MAX_MS = 366 * 24 * 3_600_000;
const MAX_PARTS = 8;
const PART = '[A-Za-z0-9._@~+%-]{1,64}';
const LEVEL = new RegExp(`^${PART}(/${PART}){0,${MAX_PARTS - 1}}$`);
const SOURCE = /^[A-Za-z0-9_~.-]{1,24}$/;

export const historyHeaderSchema = z.strictObject({
  format: z.literal(HISTORY_FILE.format),
  version: z.literal(HISTORY_FILE.version),
  exportedAt: z.iso.datetime().optional(),
});

const limitMs = z.number().min(0).max(MAX_MS);

/** One observation: one line of the file. */
export const observationSchema = z.strictObject({
  metric: z
    .enum(['total', 'first', 'cold', 'idle', 'tool', 'queue', 'score'])
    .describe(
      'The whole attempt, time to first output, the same after a start, longest silence, longest silence of a tool, wait for a worker; score: duration as a multiple of the usual one',
    ),
  level: z
    .string()
    .regex(LEVEL, 'expected a class or one of its more general levels, as in the output of "leeway estimate"')
    .describe('The class, or a more general level of it'),
  kind: z
    .enum(['exact', 'hung', 'censored'])
    .describe(
      'exact: it took this long. hung: it was stopped twice, so it would not have ended. censored: it was stopped, and would have taken longer',
    ),
  value: z.number().positive().max(MAX_MS).describe('Milliseconds; for a score a multiple'),
  deadlineMs: limitMs.default(0).describe('Limit of the first attempt; 0: none'),
  baseMs: limitMs.default(0).describe('The usual duration at that time; 0: unknown'),
  at: z.iso.datetime().describe('When it ended, UTC'),
  from: z
    .string()
    .regex(SOURCE, 'expected up to 24 letters, digits, _ ~ . -')
    .optional()
    .describe('Worker that it came from'),
});
export type Observation = z.output<typeof observationSchema>;

/** Result of an import. */
export const importReplySchema = z.object({
  tenant: z.string().describe('Tenant of the history'),
  observations: z.int().describe('Lines of the file, without the first'),
  rings: z.int().describe('Rings that they belong to: one for each metric of a level'),
  added: z.int().describe('New observations that were added'),
});
export type ImportReply = z.output<typeof importReplySchema>;

/** Data deleted by the reset of a class. */
export const resetReplySchema = z.object({
  class: z.string(),
  tenant: z.string(),
  rings: z.int().describe('Rings of observations'),
  counters: z.boolean().describe('Whether there were counters'),
});
export type ResetReply = z.output<typeof resetReplySchema>;
