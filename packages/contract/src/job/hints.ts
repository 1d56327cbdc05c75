import { z } from 'zod';

/** Preference of a caller for one job: an early end of what hangs, or room for what is slow. */
export const PROFILES = ['speed', 'balanced', 'quality'] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Complexity of a job in the words of its caller, in a field or in a tag like `[complexity: high]`. */
export const COMPLEXITIES = ['trivial', 'low', 'simple', 'medium', 'high', 'complex', 'extreme'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** Subject of a job. A closed list, so that no caller makes up a history of its own with it. */
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

/** Other words that callers use for a level. */
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

/** The level that a caller's word means. */
export function complexityOf(word: NonNullable<Hints['complexity']>): Complexity {
  return word === 'advanced' ? COMPLEXITY_ALIASES[word] : word;
}
