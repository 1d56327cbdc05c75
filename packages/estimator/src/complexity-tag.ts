import { COMPLEXITIES, type Complexity } from '@leeway/contract';

const TAG = /\[\s*complexity\s*[:=]\s*([a-z]{3,12})\s*\]/i;
const ALIASES: Readonly<Record<string, Complexity>> = { advanced: 'complex' };
/** Tags stand at the beginning or end of a prompt; the middle of a long one is somebody's text. */
const SEARCHED_CHARS = 2_000;

/**
 * The inline tag `[complexity: high]` of a chat's last message, which tells what to allow such work while nothing like
 * it has run. A hint of the caller: it moves the default of the caller's own job, within the caps, and nothing else.
 */
export function complexityTag(input: unknown): Complexity | undefined {
  const text = lastMessage(input);
  const word = (TAG.exec(text.slice(0, SEARCHED_CHARS)) ?? TAG.exec(text.slice(-SEARCHED_CHARS)))?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  return COMPLEXITIES.find((known) => known === word) ?? (Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined);
}

function lastMessage(input: unknown): string {
  const { messages } = (input ?? {}) as { messages?: unknown };
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  const { content } = (last ?? {}) as { content?: unknown };
  return typeof content === 'string' ? content : '';
}
