import { CATEGORIES, COMPLEXITIES, COMPLEXITY_ALIASES, type Hints, TASK_NAME, WORK_TYPES } from '@leeway/contract';

const TAG = /\[\s*(category|task|complexity|type)\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s*\]/gi;
/** Tags stand at the beginning or end of a prompt; the middle of a long one is somebody's text. */
const SEARCHED_CHARS = 2_000;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  category: CATEGORIES,
  type: WORK_TYPES,
  complexity: [...COMPLEXITIES, ...Object.keys(COMPLEXITY_ALIASES)],
};

/**
 * Inline tags like `[complexity: high]` in a chat's last message, for callers that cannot set the fields of a submission.
 * Whole words of closed vocabularies only; of several the first holds. Hints, like the fields: nothing trusts them.
 */
export function inlineTags(input: unknown): Hints {
  const text = lastMessage(input);
  const searched =
    text.length <= 2 * SEARCHED_CHARS ? text : `${text.slice(0, SEARCHED_CHARS)}\n${text.slice(-SEARCHED_CHARS)}`;
  const hints: Record<string, string> = {};
  for (const [, tag = '', value = ''] of searched.matchAll(TAG)) {
    const name = tag.toLowerCase();
    const word = name === 'task' ? value : value.toLowerCase();
    const known = name === 'task' ? TASK_NAME.test(word) : WORDS[name]?.includes(word) === true;
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
