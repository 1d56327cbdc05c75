import type { Hints } from '@leeway/contract';
import { inlineTags } from './inline-tags.js';

/** What a caller said of a job: the fields of the submission, and for a chat the tags of its prompt where a field is absent. */
export function hintsOf(job: { kind: string; input: unknown } & Hints): Hints {
  const { category, type, complexity, task } = job;
  const tags = job.kind === 'chat' ? inlineTags(job.input) : {};
  const hints = {
    category: category ?? tags.category,
    type: type ?? tags.type,
    complexity: complexity ?? tags.complexity,
    task: task ?? tags.task,
  };
  return Object.fromEntries(Object.entries(hints).filter(([, value]) => value !== undefined));
}
