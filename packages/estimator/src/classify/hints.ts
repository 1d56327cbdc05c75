import { CATEGORIES, COMPLEXITIES, COMPLEXITY_ALIASES, type Hints, TASK_NAME, WORK_TYPES } from '@leeway/contract';

/** The hints of a job: fields of its submission, and for a chat the tags of its prompt where a field is absent. */
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

const TAG = /\[\s*(category|task|complexity|type)\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*\]/gi;
/** Tags are at the beginning or end of a prompt; the middle of a long one is text that the caller passes through. */
const SEARCHED_CHARS = 2_000;

const VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  category: CATEGORIES,
  type: WORK_TYPES,
  complexity: [...COMPLEXITIES, ...Object.keys(COMPLEXITY_ALIASES)],
};

/**
 * Inline tags like `[complexity: high]` in a chat's last message, for callers that cannot set the fields of a submission.
 * Only whole words of closed vocabularies count; of several the first. Hints, like the fields: they decide no limit.
 */
export function inlineTags(input: unknown): Hints {
  const text = lastMessage(input);
  const searched =
    text.length <= 2 * SEARCHED_CHARS ? text : `${text.slice(0, SEARCHED_CHARS)}\n${text.slice(-SEARCHED_CHARS)}`;
  const hints: Record<string, string> = {};
  for (const [, tag = '', value = ''] of searched.matchAll(TAG)) {
    const name = tag.toLowerCase();
    const word = name === 'task' ? value : value.toLowerCase();
    const known = name === 'task' ? TASK_NAME.test(word) : VOCABULARY[name]?.includes(word) === true;
    if (known) hints[name] ??= word;
  }
  return hints;
}

function lastMessage(input: unknown): string {
  const { messages } = (input ?? {}) as { messages?: unknown };
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  const { content } = (last ?? {}) as { content?: unknown };
  return typeof content === 'string' ? content : '';
}
