import { z } from 'zod';
import { COMPLEXITIES, type Complexity } from '../policy/estimator.js';

/** What a job is about. Closed, so that nobody can make up a history of his own with it. */
export const CATEGORIES = [
  'calculation',
  'code',
  'conversation',
  'creative',
  'data',
  'file',
  'general',
  'research',
  'system',
  'test',
] as const;

/** What is done to it. */
export const WORK_TYPES = ['analysis', 'edit', 'generation', 'question', 'review', 'search', 'tool'] as const;

/** Other words that callers use for a level. */
export const COMPLEXITY_ALIASES = { advanced: 'complex' } as const satisfies Readonly<Record<string, Complexity>>;
const COMPLEXITY_WORDS = [
  ...COMPLEXITIES,
  ...(Object.keys(COMPLEXITY_ALIASES) as (keyof typeof COMPLEXITY_ALIASES)[]),
] as const;

/** Names of tasks: short, printable, and safe in the name of a class. */
export const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Fields of a submission by which a caller says what sort of work it is. They decide no limit, and never a tier. */
export const hintFields = {
  category: z.enum(CATEGORIES).optional().describe('What it is about; kept and shown'),
  type: z.enum(WORK_TYPES).optional().describe('What is done; kept and shown'),
  complexity: z
    .enum(COMPLEXITY_WORDS)
    .optional()
    .describe('Outbox the default deadline while nothing like it has run; no effect from then on'),
  task: z
    .string()
    .regex(TASK_NAME)
    .optional()
    .describe('Name of the task; groups jobs for the estimator where there is no label'),
};

export const hintsSchema = z.object(hintFields).describe('What the caller said of the work, in fields or inline tags');
export type Hints = z.output<typeof hintsSchema>;

/** The level that a caller's word stands for. */
export function complexityOf(word: NonNullable<Hints['complexity']>): Complexity {
  return word === 'advanced' ? COMPLEXITY_ALIASES[word] : word;
}
