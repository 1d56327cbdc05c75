import { z } from 'zod';

/** Preference of a caller for one job: an early end of hangs, or time for slow work. */
export const PROFILES = ['speed', 'balanced', 'quality'] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Complexity of a job according to its caller, in a field or in a tag like `[complexity: high]`. */
export const COMPLEXITIES = ['trivial', 'low', 'simple', 'medium', 'high', 'complex', 'extreme'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** Subject of a job. A closed list, since it is shown and counted. */
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

/** Sort of work on the subject. */
export const WORK_TYPES = ['analysis', 'edit', 'generation', 'question', 'review', 'search', 'tool'] as const;

/** Synonyms of levels. */
export const COMPLEXITY_ALIASES = { advanced: 'complex' } as const satisfies Readonly<Record<string, Complexity>>;
const COMPLEXITY_WORDS = [
  ...COMPLEXITIES,
  ...(Object.keys(COMPLEXITY_ALIASES) as (keyof typeof COMPLEXITY_ALIASES)[]),
] as const;

/** Names of tasks: short, printable, and safe in the name of a class. */
export const TASK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Fields of a submission that describe the sort of work. They decide no limit, and never a tier. */
export const hintFields = {
  category: z.enum(CATEGORIES).optional().describe('Subject of the work; shown with the job'),
  type: z.enum(WORK_TYPES).optional().describe('Type of the work; shown with the job'),
  complexity: z
    .enum(COMPLEXITY_WORDS)
    .optional()
    .describe('Changes the default deadline while there is no history; no effect after that'),
  task: z
    .string()
    .regex(TASK_NAME)
    .optional()
    .describe('Name of the task; groups jobs like a label, where there is no label'),
};

export const hintsSchema = z.object(hintFields).describe('Hints of the caller, in fields or inline tags');
export type Hints = z.output<typeof hintsSchema>;

/** Level of a word or its synonym. */
export function complexityOf(word: NonNullable<Hints['complexity']>): Complexity {
  return word === 'advanced' ? COMPLEXITY_ALIASES[word] : word;
}
